using System;
using System.Collections.Generic;
using System.Threading;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>One conversation's state. Serves one call at a time, except for Cancel().</summary>
    public sealed unsafe class Session : IDisposable
    {
        private readonly SessionHandle handle = new SessionHandle();
        private readonly int vocabSize;

        /// <summary>A new, empty conversation; it keeps the model's weights alive.</summary>
        public Session(Llm llm, SessionOptions options = null)
        {
            if (llm == null) throw new ArgumentNullException(nameof(llm));
            vocabSize = llm.VocabSize;
            dlgo_session_options native = (options ?? llm.SessionDefaults).ToNative();
            IntPtr pointer;
            DlgoException.Check(NativeMethods.dlgo_session_create(llm.Handle, &native, &pointer));
            handle.Set(pointer);
        }

        /// <summary>The answer to a question, as a conversation of its own.</summary>
        /// <param name="question">message of the user</param>
        /// <param name="options">how to generate</param>
        /// <param name="cancellationToken">ends the call with OperationCanceledException</param>
        public Answer Chat(string question, GenerateOptions options = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Chat(Question(question), options, cancellationToken);
        }

        /// <summary>The answer to a whole conversation. What the session already holds of it is not evaluated again.</summary>
        /// <param name="messages">the conversation</param>
        /// <param name="options">how to generate</param>
        /// <param name="cancellationToken">ends the call with OperationCanceledException</param>
        public Answer Chat(IEnumerable<Message> messages, GenerateOptions options = null,
                           CancellationToken cancellationToken = default(CancellationToken))
        {
            return Chat(messages, null, options, cancellationToken);
        }

        /// <summary>The same, and onPiece is called with each piece in this thread: false ends the answer, an exception ends it and is thrown
        /// here.</summary>
        public Answer Chat(IEnumerable<Message> messages, Func<Piece, bool> onPiece, GenerateOptions options = null,
                           CancellationToken cancellationToken = default(CancellationToken))
        {
            return Run(Request.Chat(messages, options), onPiece, cancellationToken);
        }

        /// <summary>The answer to a question, piece by piece.</summary>
        public AnswerStream ChatStream(string question, GenerateOptions options = null,
                                       CancellationToken cancellationToken = default(CancellationToken))
        {
            return ChatStream(Question(question), options, cancellationToken);
        }

        /// <summary>The answer to a whole conversation, piece by piece.</summary>
        public AnswerStream ChatStream(IEnumerable<Message> messages, GenerateOptions options = null,
                                       CancellationToken cancellationToken = default(CancellationToken))
        {
            return new AnswerStream(() => Request.Chat(messages, options), () => handle, cancellationToken);
        }

        /// <summary>Appends a prompt as it is, without a chat template, and continues it.</summary>
        public Answer Generate(string prompt, GenerateOptions options = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Generate(prompt, null, options, cancellationToken);
        }

        /// <summary>The same, and onPiece is called with each piece in this thread: false ends the answer, an exception ends it and is thrown
        /// here.</summary>
        public Answer Generate(string prompt, Func<Piece, bool> onPiece, GenerateOptions options = null,
                               CancellationToken cancellationToken = default(CancellationToken))
        {
            return Run(Request.Generate(prompt, options), onPiece, cancellationToken);
        }

        /// <summary>The continuation of a prompt, piece by piece.</summary>
        public AnswerStream GenerateStream(string prompt, GenerateOptions options = null,
                                           CancellationToken cancellationToken = default(CancellationToken))
        {
            return new AnswerStream(() => Request.Generate(prompt, options), () => handle, cancellationToken);
        }

        /// <summary>Appends tokens and gives the logits after the last one.</summary>
        public float[] Eval(int[] tokens, CancellationToken cancellationToken = default(CancellationToken))
        {
            float[] logits = new float[vocabSize];
            Eval(tokens, logits, cancellationToken);
            return logits;
        }

        /// <summary>Appends tokens and writes the logits after the last one, VocabSize floats, into logits; null: none.</summary>
        public void Eval(int[] tokens, float[] logits, CancellationToken cancellationToken = default(CancellationToken))
        {
            if (tokens == null) throw new ArgumentNullException(nameof(tokens));
            if (logits != null) CheckLength(logits.Length, vocabSize);
            fixed (int* t = tokens)
            fixed (float* l = logits) Eval(t, tokens.Length, l, false, cancellationToken);
        }

        /// <summary>Appends tokens and gives the logits after each: row i, VocabSize floats, after token i.</summary>
        public float[] EvalAll(int[] tokens, CancellationToken cancellationToken = default(CancellationToken))
        {
            if (tokens == null) throw new ArgumentNullException(nameof(tokens));
            float[] logits = new float[checked(tokens.Length * vocabSize)];
            EvalAll(tokens, logits, cancellationToken);
            return logits;
        }

        /// <summary>Appends tokens and writes the logits after each, rows of VocabSize floats, into logits.</summary>
        public void EvalAll(int[] tokens, float[] logits, CancellationToken cancellationToken = default(CancellationToken))
        {
            if (tokens == null) throw new ArgumentNullException(nameof(tokens));
            if (logits == null) throw new ArgumentNullException(nameof(logits));
            CheckLength(logits.Length, (long)tokens.Length * vocabSize);
            fixed (int* t = tokens)
            fixed (float* l = logits) Eval(t, tokens.Length, l, true, cancellationToken);
        }

#if NETCOREAPP3_0_OR_GREATER
        /// <summary>Appends tokens and writes the logits after the last one, VocabSize floats, into logits; empty: none.</summary>
        public void Eval(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellationToken = default(CancellationToken))
        {
            if (!logits.IsEmpty) CheckLength(logits.Length, vocabSize);
            fixed (int* t = tokens)
            fixed (float* l = logits) Eval(t, tokens.Length, l, false, cancellationToken);
        }

        /// <summary>Appends tokens and writes the logits after each, rows of VocabSize floats, into logits.</summary>
        public void EvalAll(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellationToken = default(CancellationToken))
        {
            CheckLength(logits.Length, (long)tokens.Length * vocabSize);
            fixed (int* t = tokens)
            fixed (float* l = logits) Eval(t, tokens.Length, l, true, cancellationToken);
        }
#endif

        /// <summary>Tokens in the session.</summary>
        public int Position
        {
            get
            {
                handle.Check("Dlgo.Session");
                return (int)NativeMethods.dlgo_session_position(handle);
            }
        }

        /// <summary>Keeps the first tokens; 0 = reset.</summary>
        public void Truncate(int keep)
        {
            if (keep < 0) throw new ArgumentOutOfRangeException(nameof(keep));
            using (Call call = Begin()) call.Check(NativeMethods.dlgo_session_truncate(handle, (UIntPtr)keep), null);
        }

        /// <summary>Writes tokens and state to a file.</summary>
        public void Save(string path)
        {
            using (Arena arena = new Arena())
            {
                byte* native = arena.Required(path, nameof(path));
                using (Call call = Begin()) call.Check(NativeMethods.dlgo_session_save(handle, native), null);
            }
        }

        /// <summary>Reads tokens and state from a file that a session of the same model wrote.</summary>
        public void Restore(string path)
        {
            using (Arena arena = new Arena())
            {
                byte* native = arena.Required(path, nameof(path));
                using (Call call = Begin()) call.Check(NativeMethods.dlgo_session_restore(handle, native), null);
            }
        }

        /// <summary>Ends the call in progress, if any, with DlgoCancelledException; from any thread.</summary>
        public void Cancel()
        {
            handle.Check("Dlgo.Session");
            CancelCurrent();
        }

        /// <summary>Ends the call in progress, if any, and frees the session.</summary>
        public void Dispose()
        {
            handle.Release();
            CancelCurrent();
        }

        internal SessionHandle Handle
        {
            get { return handle; }
        }

        internal static Message[] Question(string question)
        {
            if (question == null) throw new ArgumentNullException(nameof(question));
            return new[] { Message.User(question) };
        }

        private void CancelCurrent()
        {
            Call current = Volatile.Read(ref handle.Current);
            if (current != null) current.Cancel();
        }

        private Call Begin(CancellationToken cancellationToken = default(CancellationToken))
        {
            return new Call(handle, cancellationToken);
        }

        private Answer Run(Request request, Func<Piece, bool> onPiece, CancellationToken cancellationToken)
        {
            using (request)
            using (Collector collector = new Collector(request.Logprobs, onPiece))
            using (Call call = Begin(cancellationToken))
            {
                Stats stats;
                request.Run(call, collector, out stats);
                return collector.ToAnswer(stats);
            }
        }

        private void Eval(int* tokens, int count, float* logits, bool all, CancellationToken cancellationToken)
        {
            int none;
            if (count == 0) tokens = &none; // fixed gives null for what is empty
            float nothing;
            if (count == 0 && all) logits = &nothing;
            using (Call call = Begin(cancellationToken))
            {
                call.Check(all ? NativeMethods.dlgo_session_eval_all(handle, tokens, (UIntPtr)count, logits)
                               : NativeMethods.dlgo_session_eval(handle, tokens, (UIntPtr)count, logits), null);
            }
        }

        private static void CheckLength(long length, long wanted)
        {
            if (length != wanted) throw new ArgumentException("logits has " + length + " elements instead of " + wanted, "logits");
        }
    }
}
