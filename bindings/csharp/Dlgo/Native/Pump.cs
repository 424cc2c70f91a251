using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace Dlgo.Native
{
    /// <summary>A generation in a thread of its own and the pieces that wait for their reader.</summary>
    internal sealed unsafe class Pump : Callback
    {
        private const int Limit = 256; // pieces that wait; then the generation does

        private readonly object sync = new object();
        private readonly Queue<Piece> pieces = new Queue<Piece>();
        private readonly Request request;
        private readonly Call call;
        private readonly CancellationToken token;
        private readonly CancellationTokenRegistration registration;
        private TaskCompletionSource<bool> arrival;
        private ExceptionDispatchInfo failure;
        private Stats stats;
        private bool stopping;
        private bool done;

        /// <summary>Begins the generation and takes over the request.</summary>
        internal Pump(Request request, SessionHandle session, CancellationToken token)
        {
            this.request = request;
            this.token = token;
            try
            {
                call = new Call(session, token);
                registration = token.Register(Wake);
                Worker.Run(Work);
            }
            catch
            {
                if (call != null) call.Dispose();
                End();
                throw;
            }
        }

        internal Stats Stats
        {
            get
            {
                lock (sync) return done ? stats : null;
            }
        }

        private void Work()
        {
            try
            {
                request.Run(call, this, out stats);
            }
            catch (Exception error)
            {
                lock (sync) failure = ExceptionDispatchInfo.Capture(error);
            }
            finally
            {
                call.Dispose();
                End();
                lock (sync) done = true;
                Wake();
            }
        }

        private void End()
        {
            registration.Dispose();
            request.Dispose();
            Dispose();
        }

        internal override bool Token(dlgo_token_event* token)
        {
            if (token->text_len == UIntPtr.Zero && !request.Logprobs) return true;
            Piece piece = new Piece(token);
            TaskCompletionSource<bool> waiting;
            lock (sync)
            {
                while (pieces.Count >= Limit && !stopping && !call.CancelledByToken) Monitor.Wait(sync);
                if (stopping) return false;
                pieces.Enqueue(piece);
                waiting = arrival;
                arrival = null;
                Monitor.PulseAll(sync);
            }
            if (waiting != null) waiting.TrySetResult(true);
            return true;
        }

        private void Wake()
        {
            TaskCompletionSource<bool> waiting;
            lock (sync)
            {
                waiting = arrival;
                arrival = null;
                Monitor.PulseAll(sync);
            }
            if (waiting != null) waiting.TrySetResult(true);
        }

        /// <summary>Waits for the next piece; false at the end.</summary>
        internal bool Next(out Piece piece)
        {
            lock (sync)
            {
                bool more;
                while (!TryNext(out piece, out more)) Monitor.Wait(sync);
                return more;
            }
        }

        /// <summary>Completes when TryNext may succeed.</summary>
        internal Task Arrival()
        {
            lock (sync)
            {
                if ((pieces.Count > 0 && !token.IsCancellationRequested) || done || stopping) return Task.FromResult(true);
                if (arrival == null) arrival = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                return arrival.Task;
            }
        }

        /// <summary>False when there is nothing yet; more is false at the end.</summary>
        internal bool TryNext(out Piece piece, out bool more)
        {
            lock (sync)
            {
                piece = default(Piece);
                more = false;
                if (stopping) return true;
                if (pieces.Count > 0 && !token.IsCancellationRequested)
                {
                    piece = pieces.Dequeue();
                    more = true;
                    if (pieces.Count == Limit - 1) Monitor.PulseAll(sync);
                    return true;
                }
                if (!done) return false;
                if (failure != null) failure.Throw();
                token.ThrowIfCancellationRequested();
                return true;
            }
        }

        /// <summary>Ends the generation and waits until the session is free again.</summary>
        internal void Stop()
        {
            RequestStop();
            lock (sync)
            {
                while (!done) Monitor.Wait(sync);
            }
        }

        /// <summary>Ends the generation soon.</summary>
        internal void RequestStop()
        {
            lock (sync) stopping = true;
            call.Cancel();
            Wake();
        }
    }
}
