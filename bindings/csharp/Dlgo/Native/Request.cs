using System;
using System.Collections.Generic;

namespace Dlgo.Native
{
    /// <summary>A prompt or a conversation, and options, in native memory.</summary>
    internal sealed unsafe class Request : IDisposable
    {
        private readonly Arena arena = new Arena();
        private readonly dlgo_generate_options* options;
        private readonly byte* prompt;
        private readonly dlgo_message* messages;
        private readonly UIntPtr count;

        private Request(string prompt, IEnumerable<Message> messages, GenerateOptions options)
        {
            try
            {
                this.options = (options ?? new GenerateOptions()).ToNative(arena);
                if (messages != null) this.messages = arena.Messages(messages, out count);
                else this.prompt = arena.Required(prompt, nameof(prompt));
            }
            catch
            {
                arena.Dispose();
                throw;
            }
        }

        internal static Request Generate(string prompt, GenerateOptions options)
        {
            return new Request(prompt, null, options);
        }

        internal static Request Chat(IEnumerable<Message> messages, GenerateOptions options)
        {
            if (messages == null) throw new ArgumentNullException(nameof(messages));
            return new Request(null, messages, options);
        }

        internal bool Logprobs
        {
            get { return options->logprobs > 0; }
        }

        /// <summary>Runs the call to its end in this thread.</summary>
        internal void Run(Call call, Callback callback, out Stats stats)
        {
            dlgo_stats native = new dlgo_stats { struct_size = (uint)sizeof(dlgo_stats) };
            int status = messages != null
                ? NativeMethods.dlgo_chat_stream(call.Session, messages, count, options, Callback.TokenFunction, callback.UserData, &native)
                : NativeMethods.dlgo_generate_stream(call.Session, prompt, options, Callback.TokenFunction, callback.UserData, &native);
            stats = new Stats(native);
            call.Check(status, callback);
        }

        public void Dispose()
        {
            arena.Dispose();
        }
    }
}
