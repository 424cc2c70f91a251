using System;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>Type of the key/value cache.</summary>
    public enum KvType
    {
        /// <summary>16-bit floats.</summary>
        F16 = NativeMethods.DLGO_KV_F16,
        /// <summary>32-bit floats.</summary>
        F32 = NativeMethods.DLGO_KV_F32,
    }

    /// <summary>How a conversation is kept. What is null has the library's default.</summary>
    public class SessionOptions
    {
        /// <summary>Tokens of context; default 0 = what the model was trained for.</summary>
        public uint? Context { get; set; }

        /// <summary>Rows per step of evaluating a prompt, 1..4096; default 512.</summary>
        public uint? Ubatch { get; set; }

        /// <summary>Type of the key/value cache; default F16.</summary>
        public KvType? Kv { get; set; }

        internal unsafe dlgo_session_options ToNative()
        {
            dlgo_session_options native;
            NativeMethods.dlgo_session_options_init(&native);
            native.n_ctx = Context ?? native.n_ctx;
            native.n_ubatch = Ubatch ?? native.n_ubatch;
            if (Kv.HasValue) native.kv_type = (int)Kv.Value;
            return native;
        }
    }

    /// <summary>How a model is loaded; Context, Ubatch and Kv are also those of its sessions. What is null has the library's default.</summary>
    public sealed class LlmOptions : SessionOptions
    {
        /// <summary>"auto" (default): the best GPU, else the CPU; "cpu"; "vulkan"; "vulkan:N".</summary>
        public string Device { get; set; }

        /// <summary>Layers on the GPU; default -1 = as many as fit.</summary>
        public int? GpuLayers { get; set; }

        /// <summary>Bytes of GPU memory to use at most; default 0 = what is free.</summary>
        public ulong? VramBudget { get; set; }

        /// <summary>CPU threads; default 0 = one for each physical core.</summary>
        public int? Threads { get; set; }

        /// <summary>Tokenizer and metadata without weights.</summary>
        public bool VocabOnly { get; set; }

        /// <summary>true: maps the file, shared with other processes; false: reads it into memory; default: maps it, and copies weights that
        /// this CPU reads faster so, if they take at most an eighth of the free memory.</summary>
        public bool? UseMmap { get; set; }

        /// <summary>CPU kernels: "scalar", "avx2", "avxvnni", "avx512vnni", "amx"; default the best.</summary>
        public string Isa { get; set; }

        /// <summary>Called with 0..1 while the model is loaded; false stops with DlgoCancelledException, an exception stops and is thrown by
        /// the constructor.</summary>
        public Func<float, bool> Progress { get; set; }

        internal unsafe dlgo_llm_options* ToNative(Arena arena, Callback progress)
        {
            dlgo_llm_options* native = (dlgo_llm_options*)arena.Allocate(sizeof(dlgo_llm_options));
            NativeMethods.dlgo_llm_options_init(native);
            native->gpu_layers = GpuLayers ?? native->gpu_layers;
            native->device = arena.Text(Device, nameof(Device));
            native->vram_budget = VramBudget ?? native->vram_budget;
            native->threads = Threads ?? native->threads;
            native->vocab_only = VocabOnly ? 1 : 0;
            native->use_mmap = UseMmap is bool map ? (map ? 1 : 0) : native->use_mmap;
            native->isa = arena.Text(Isa, nameof(Isa));
            native->max_context = Context ?? native->max_context;
            if (progress != null)
            {
                native->progress = Callback.ProgressFunction;
                native->progress_user_data = progress.UserData;
            }
            return native;
        }
    }
}
