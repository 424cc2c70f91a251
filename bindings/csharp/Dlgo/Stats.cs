using Dlgo.Native;

namespace Dlgo
{
    /// <summary>What ended an answer.</summary>
    public enum StopReason
    {
        /// <summary>The model ended it.</summary>
        Eos = NativeMethods.DLGO_STOP_EOS,
        /// <summary>MaxTokens.</summary>
        Length = NativeMethods.DLGO_STOP_LENGTH,
        /// <summary>A stop string.</summary>
        String = NativeMethods.DLGO_STOP_STRING,
        /// <summary>The context is full.</summary>
        Context = NativeMethods.DLGO_STOP_CONTEXT,
        /// <summary>The callback asked to stop.</summary>
        Callback = NativeMethods.DLGO_STOP_CALLBACK,
        /// <summary>It was cancelled.</summary>
        Cancel = NativeMethods.DLGO_STOP_CANCEL,
        /// <summary>The grammar is complete.</summary>
        Grammar = NativeMethods.DLGO_STOP_GRAMMAR,
    }

    /// <summary>Counts and times of one answer.</summary>
    public sealed class Stats
    {
        internal Stats(dlgo_stats native)
        {
            StopReason = (StopReason)native.stop_reason;
            PromptTokens = (long)native.prompt_tokens;
            CachedTokens = (long)native.cached_tokens;
            GeneratedTokens = (long)native.generated_tokens;
            PromptMilliseconds = native.prompt_ms;
            GenerateMilliseconds = native.generate_ms;
            LoadMilliseconds = native.load_ms;
        }

        /// <summary>What ended the answer.</summary>
        public StopReason StopReason { get; }

        /// <summary>Tokens of the whole prompt.</summary>
        public long PromptTokens { get; }

        /// <summary>Those of them that the session already held.</summary>
        public long CachedTokens { get; }

        /// <summary>Tokens of the answer.</summary>
        public long GeneratedTokens { get; }

        /// <summary>Time to evaluate what was not cached of the prompt.</summary>
        public double PromptMilliseconds { get; }

        /// <summary>Time to generate.</summary>
        public double GenerateMilliseconds { get; }

        /// <summary>Time the model took to load.</summary>
        public double LoadMilliseconds { get; }
    }
}
