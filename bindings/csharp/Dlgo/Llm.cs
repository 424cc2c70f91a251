using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>A model. It may be used from any number of threads, each with a Session of its own; Chat and Generate of the model itself share
    /// one.</summary>
    public sealed unsafe class Llm : IDisposable
    {
        private readonly LlmHandle handle = new LlmHandle();
        private readonly object sync = new object();
        private readonly ModelInfo info;
        private Session own;

        /// <summary>Loads a model.</summary>
        /// <param name="path">a GGUF file, the first one of a split model; null: the bundled demo model</param>
        /// <param name="options">how to load it</param>
        /// <param name="cancellationToken">ends loading with OperationCanceledException</param>
        public Llm(string path = null, LlmOptions options = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (options == null) options = new LlmOptions();
            SessionDefaults = new SessionOptions { Context = options.Context, Ubatch = options.Ubatch, Kv = options.Kv };
            Path = path ?? Engine.DemoModel;
            info = Library.Use(() => Load(options, cancellationToken));
        }

        private ModelInfo Load(LlmOptions options, CancellationToken cancellationToken)
        {
            using (Arena arena = new Arena())
            using (Loading progress = new Loading(options.Progress, cancellationToken))
            {
                IntPtr pointer;
                int status = NativeMethods.dlgo_llm_load(arena.Text(Path, "path"), options.ToNative(arena, progress), &pointer);
                progress.Rethrow();
                DlgoException.Check(status);
                handle.Set(pointer);
            }
            dlgo_llm_info native = new dlgo_llm_info { struct_size = (uint)sizeof(dlgo_llm_info) };
            DlgoException.Check(NativeMethods.dlgo_llm_get_info(handle, &native));
            return new ModelInfo(&native);
        }

        /// <summary>The file.</summary>
        public string Path { get; }

        /// <summary>Facts about the model.</summary>
        public ModelInfo Info
        {
            get
            {
                Check();
                return info;
            }
        }

        /// <summary>Metadata of the file as text, in its order.</summary>
        public IReadOnlyList<KeyValuePair<string, string>> Metadata
        {
            get
            {
                Check();
                KeyValuePair<string, string>[] entries = new KeyValuePair<string, string>[(int)NativeMethods.dlgo_llm_metadata_count(handle)];
                for (int i = 0; i < entries.Length; i++)
                {
                    byte* key;
                    byte* value;
                    DlgoException.Check(NativeMethods.dlgo_llm_metadata_get(handle, (UIntPtr)i, &key, &value));
                    entries[i] = new KeyValuePair<string, string>(Utf8.Take(key), Utf8.Take(value));
                }
                return entries;
            }
        }

        /// <summary>One value of the metadata; null for a key that the file does not have.</summary>
        public string FindMetadata(string key)
        {
            Check();
            using (Arena arena = new Arena())
            {
                byte* value;
                int status = NativeMethods.dlgo_llm_metadata_find(handle, arena.Required(key, nameof(key)), &value);
                if (status == NativeMethods.DLGO_ERROR_INVALID_ARGUMENT) return null;
                DlgoException.Check(status);
                return Utf8.Take(value);
            }
        }

        /// <summary>Tensors of the file.</summary>
        public IReadOnlyList<TensorInfo> Tensors
        {
            get
            {
                Check();
                TensorInfo[] tensors = new TensorInfo[(int)NativeMethods.dlgo_llm_tensor_count(handle)];
                for (int i = 0; i < tensors.Length; i++)
                {
                    dlgo_tensor_info native = new dlgo_tensor_info { struct_size = (uint)sizeof(dlgo_tensor_info) };
                    DlgoException.Check(NativeMethods.dlgo_llm_tensor_get(handle, (UIntPtr)i, &native));
                    tensors[i] = new TensorInfo(&native);
                }
                return tensors;
            }
        }

        /// <summary>Tokens of a text.</summary>
        /// <param name="text">the text</param>
        /// <param name="addSpecial">BOS and the like, as the model asks for them</param>
        /// <param name="parseSpecial">special tokens spelled out in the text become tokens</param>
        public int[] Tokenize(string text, bool addSpecial = false, bool parseSpecial = false)
        {
            if (text == null) throw new ArgumentNullException(nameof(text));
            return Tokenize(Encoding.UTF8.GetBytes(text), addSpecial, parseSpecial);
        }

        /// <summary>Tokens of a text in UTF-8; any bytes.</summary>
        public int[] Tokenize(byte[] text, bool addSpecial = false, bool parseSpecial = false)
        {
            if (text == null) throw new ArgumentNullException(nameof(text));
            Check();
            uint flags = (addSpecial ? NativeMethods.DLGO_TOKENIZE_ADD_BOS : 0) | (parseSpecial ? NativeMethods.DLGO_TOKENIZE_PARSE_SPECIAL : 0);
            byte[] bytes = text.Length > 0 ? text : new byte[1]; // fixed gives null for what is empty
            fixed (byte* t = bytes)
            {
                UIntPtr n;
                DlgoException.Check(NativeMethods.dlgo_llm_tokenize(handle, t, (UIntPtr)text.Length, flags, null, UIntPtr.Zero, &n));
                int[] tokens = new int[(int)n];
                fixed (int* o = tokens)
                    DlgoException.Check(NativeMethods.dlgo_llm_tokenize(handle, t, (UIntPtr)text.Length, flags, o, n, &n));
                return tokens;
            }
        }

        /// <summary>Text of tokens.</summary>
        /// <param name="tokens">the tokens</param>
        /// <param name="special">special tokens as their text instead of leaving them out</param>
        public string Detokenize(int[] tokens, bool special = false)
        {
            return Encoding.UTF8.GetString(DetokenizeBytes(tokens, special));
        }

        /// <summary>Text of tokens in UTF-8; it may end in the middle of a character.</summary>
        public byte[] DetokenizeBytes(int[] tokens, bool special = false)
        {
            if (tokens == null) throw new ArgumentNullException(nameof(tokens));
            Check();
            uint flags = special ? NativeMethods.DLGO_DETOKENIZE_SPECIAL : 0;
            int[] ids = tokens.Length > 0 ? tokens : new int[1];
            fixed (int* t = ids)
            {
                UIntPtr n;
                DlgoException.Check(NativeMethods.dlgo_llm_detokenize(handle, t, (UIntPtr)tokens.Length, flags, null, UIntPtr.Zero, &n));
                byte[] text = new byte[(int)n];
                fixed (byte* o = text)
                    DlgoException.Check(NativeMethods.dlgo_llm_detokenize(handle, t, (UIntPtr)tokens.Length, flags, o, n, &n));
                return text;
            }
        }

        /// <summary>A conversation rendered with the chat template.</summary>
        public string FormatChat(IEnumerable<Message> messages, ChatOptions options = null)
        {
            Check();
            using (Arena arena = new Arena())
            {
                UIntPtr count;
                dlgo_message* native = arena.Messages(messages, out count);
                byte* text;
                DlgoException.Check(NativeMethods.dlgo_llm_format_chat(handle, native, count, (options ?? new ChatOptions()).ToNative(arena), &text));
                return Utf8.Take(text);
            }
        }

        /// <summary>A new, empty conversation: context, ubatch and kv as for the model unless given.</summary>
        public Session NewSession(SessionOptions options = null)
        {
            return new Session(this, options);
        }

        /// <summary>The answer to a question, as a conversation of its own.</summary>
        /// <param name="question">message of the user</param>
        /// <param name="options">how to generate</param>
        /// <param name="cancellationToken">ends the call with OperationCanceledException</param>
        public Answer Chat(string question, GenerateOptions options = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Own().Chat(question, options, cancellationToken);
        }

        /// <summary>The answer to a whole conversation.</summary>
        /// <param name="messages">the conversation</param>
        /// <param name="options">how to generate</param>
        /// <param name="cancellationToken">ends the call with OperationCanceledException</param>
        public Answer Chat(IEnumerable<Message> messages, GenerateOptions options = null,
                           CancellationToken cancellationToken = default(CancellationToken))
        {
            return Own().Chat(messages, options, cancellationToken);
        }

        /// <summary>The answer to a question, piece by piece.</summary>
        public AnswerStream ChatStream(string question, GenerateOptions options = null,
                                       CancellationToken cancellationToken = default(CancellationToken))
        {
            return Own().ChatStream(question, options, cancellationToken);
        }

        /// <summary>The answer to a whole conversation, piece by piece.</summary>
        public AnswerStream ChatStream(IEnumerable<Message> messages, GenerateOptions options = null,
                                       CancellationToken cancellationToken = default(CancellationToken))
        {
            return Own().ChatStream(messages, options, cancellationToken);
        }

        /// <summary>Continues a prompt, from an empty context and without a chat template.</summary>
        public Answer Generate(string prompt, GenerateOptions options = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            Session session = Own();
            session.Truncate(0);
            return session.Generate(prompt, options, cancellationToken);
        }

        /// <summary>The same, piece by piece.</summary>
        public AnswerStream GenerateStream(string prompt, GenerateOptions options = null,
                                           CancellationToken cancellationToken = default(CancellationToken))
        {
            Session session = Own();
            return new AnswerStream(() => Request.Generate(prompt, options), () =>
            {
                session.Truncate(0);
                return session.Handle;
            }, cancellationToken);
        }

        /// <summary>Frees the model and its own conversation; other sessions keep the weights alive.</summary>
        public void Dispose()
        {
            lock (sync)
            {
                if (own != null) own.Dispose();
                handle.Release();
            }
        }

        internal LlmHandle Handle
        {
            get
            {
                Check();
                return handle;
            }
        }

        internal int VocabSize
        {
            get { return info.VocabSize; }
        }

        internal SessionOptions SessionDefaults { get; }

        private void Check()
        {
            handle.Check("Dlgo.Llm");
        }

        private Session Own()
        {
            lock (sync)
            {
                Check();
                return own ?? (own = new Session(this));
            }
        }

        private sealed class Loading : Callback
        {
            private readonly Func<float, bool> progress;
            private readonly CancellationToken token;

            internal Loading(Func<float, bool> progress, CancellationToken token)
            {
                this.progress = progress;
                this.token = token;
            }

            internal override bool Progress(float fraction)
            {
                token.ThrowIfCancellationRequested();
                return progress == null || progress(fraction);
            }
        }
    }
}
