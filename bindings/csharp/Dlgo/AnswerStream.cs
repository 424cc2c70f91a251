using System;
using System.Collections;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>The pieces of an answer as they are made. The generation begins with the first piece that is asked for; leaving a foreach or
    /// Dispose() ends it. A stream is read once.</summary>
    public sealed class AnswerStream : IEnumerable<string>, IDisposable
#if NETCOREAPP3_0_OR_GREATER
        , IAsyncEnumerable<string>, IAsyncDisposable
#endif
    {
        private readonly Func<Request> prepare;
        private readonly Func<SessionHandle> begin;
        private CancellationToken token;
        private Pump pump;
        private bool enumerated;
        private bool disposed;

        internal AnswerStream(Func<Request> prepare, Func<SessionHandle> begin, CancellationToken token)
        {
            this.prepare = prepare;
            this.begin = begin;
            this.token = token;
        }

        /// <summary>A stream that was dropped does not go on.</summary>
        ~AnswerStream()
        {
            if (pump != null) pump.RequestStop();
        }

        /// <summary>Counts and times, once the answer has ended; else null.</summary>
        public Stats Stats
        {
            get { return pump == null ? null : pump.Stats; }
        }

        /// <summary>The stream with tokens and, where they were asked for, log probabilities.</summary>
        public IEnumerable<Piece> Pieces
        {
            get
            {
                Enumerate();
                return ReadPieces();
            }
        }

        /// <summary>The texts of the pieces.</summary>
        public IEnumerator<string> GetEnumerator()
        {
            Enumerate();
            return ReadTexts();
        }

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }

        /// <summary>The next piece, without blocking a thread; null at the end.</summary>
        public async Task<Piece?> NextAsync()
        {
            Pump source = Source();
            if (source == null) return null;
            Piece piece;
            bool more;
            while (!source.TryNext(out piece, out more)) await source.Arrival().ConfigureAwait(false);
            return more ? piece : (Piece?)null;
        }

        /// <summary>Ends the generation; what was not read yet is dropped.</summary>
        public void Dispose()
        {
            disposed = true;
            GC.SuppressFinalize(this);
            if (pump != null) pump.Stop();
        }

        private void Enumerate()
        {
            if (enumerated) throw new InvalidOperationException("a stream is read once");
            enumerated = true;
        }

        private Pump Source()
        {
            if (disposed) return null;
            if (pump == null)
            {
                token.ThrowIfCancellationRequested();
                Request request = prepare();
                try
                {
                    pump = new Pump(request, begin(), token);
                }
                catch
                {
                    request.Dispose();
                    throw;
                }
            }
            return pump;
        }

        private IEnumerable<Piece> ReadPieces()
        {
            try
            {
                Piece piece;
                for (Pump source = Source(); source != null && source.Next(out piece);) yield return piece;
            }
            finally
            {
                Dispose();
            }
        }

        private IEnumerator<string> ReadTexts()
        {
            foreach (Piece piece in ReadPieces())
            {
                if (piece.Text.Length > 0) yield return piece.Text;
            }
        }

#if NETCOREAPP3_0_OR_GREATER
        /// <summary>The texts of the pieces, without blocking a thread.</summary>
        public IAsyncEnumerator<string> GetAsyncEnumerator(CancellationToken cancellationToken = default(CancellationToken))
        {
            Enumerate();
            CancellationTokenSource linked = null;
            if (!token.CanBeCanceled) token = cancellationToken;
            else if (cancellationToken.CanBeCanceled && cancellationToken != token)
            {
                linked = CancellationTokenSource.CreateLinkedTokenSource(token, cancellationToken);
                token = linked.Token;
            }
            return new AsyncTexts(this, linked);
        }

        /// <summary>Ends the generation; what was not read yet is dropped.</summary>
        public ValueTask DisposeAsync()
        {
            disposed = true;
            GC.SuppressFinalize(this);
            return pump == null ? default(ValueTask) : new ValueTask(Task.Run(new Action(pump.Stop)));
        }

        private sealed class AsyncTexts : IAsyncEnumerator<string>
        {
            private readonly AnswerStream stream;
            private readonly CancellationTokenSource linked;

            internal AsyncTexts(AnswerStream stream, CancellationTokenSource linked)
            {
                this.stream = stream;
                this.linked = linked;
            }

            public string Current { get; private set; }

            public ValueTask<bool> MoveNextAsync()
            {
                return new ValueTask<bool>(Move());
            }

            private async Task<bool> Move()
            {
                while (true)
                {
                    Piece? piece = await stream.NextAsync().ConfigureAwait(false);
                    Current = piece.HasValue ? piece.Value.Text : null;
                    if (!piece.HasValue || Current.Length > 0) return piece.HasValue;
                }
            }

            public ValueTask DisposeAsync()
            {
                if (linked != null) linked.Dispose();
                return stream.DisposeAsync();
            }
        }
#endif
    }
}
