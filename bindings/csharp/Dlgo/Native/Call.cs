using System;
using System.Threading;

namespace Dlgo.Native
{
    /// <summary>A call on a session, the only one until disposed: Cancel() and the token end this one and no other.</summary>
    internal sealed class Call : IDisposable
    {
        private const int RepeatMilliseconds = 10; // a cancel before the library's call began has no effect: repeat it

        private readonly object sync = new object();
        private readonly CancellationToken token;
        private readonly CancellationTokenRegistration registration;
        private Timer repeat;
        private bool ended;

        internal Call(SessionHandle session, CancellationToken token)
        {
            token.ThrowIfCancellationRequested();
            session.Check("Dlgo.Session");
            bool added = false;
            session.DangerousAddRef(ref added);
            if (Interlocked.CompareExchange(ref session.Current, this, null) != null)
            {
                session.DangerousRelease();
                throw new DlgoInvalidArgumentException("the session is busy with another call");
            }
            Session = session;
            this.token = token;
            try
            {
                registration = token.Register(Cancel);
            }
            catch (ObjectDisposedException)
            {
                Dispose();
                throw;
            }
        }

        internal SessionHandle Session { get; }

        internal bool CancelledByToken
        {
            get { return token.IsCancellationRequested; }
        }

        internal void Cancel()
        {
            lock (sync)
            {
                if (ended) return;
                NativeMethods.dlgo_session_cancel(Session);
                if (repeat == null) repeat = new Timer(Repeat, null, RepeatMilliseconds, RepeatMilliseconds);
            }
        }

        private void Repeat(object state)
        {
            Cancel();
        }

        /// <summary>Throws what made the library's call, which has just ended in this thread, fail.</summary>
        internal void Check(int status, Callback callback)
        {
            if (callback != null) callback.Rethrow();
            if (status == NativeMethods.DLGO_OK) return;
            DlgoException error = DlgoException.Last(status);
            if (status == NativeMethods.DLGO_ERROR_CANCELLED && CancelledByToken)
                throw new OperationCanceledException(error.Message, error, token);
            throw error;
        }

        public void Dispose()
        {
            lock (sync)
            {
                if (ended) return;
                ended = true;
                if (repeat != null) repeat.Dispose();
            }
            registration.Dispose();
            Volatile.Write(ref Session.Current, null);
            Session.DangerousRelease();
        }
    }
}
