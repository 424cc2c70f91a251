using System.Collections.Generic;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>Facts about a model.</summary>
    public sealed unsafe class ModelInfo
    {
        internal ModelInfo(dlgo_llm_info* native)
        {
            Architecture = Utf8.Text(native->architecture);
            Name = Utf8.Text(native->name);
            Device = Utf8.Text(native->device);
            Isa = Utf8.Text(native->isa);
            Layers = native->layers;
            GpuLayers = native->gpu_layers;
            Threads = native->threads;
            Parameters = (long)native->parameters;
            ActiveParameters = (long)native->active_parameters;
            WeightBytes = (long)native->weight_bytes;
            RepackedBytes = (long)native->repacked_bytes;
            ContextLength = (long)native->context_length;
            VocabSize = (int)native->vocab_size;
            EmbeddingLength = (int)native->embedding_length;
            BosToken = native->bos_token;
            EosToken = native->eos_token;
            HasChatTemplate = native->has_chat_template != 0;
            HasWeights = native->has_weights != 0;
        }

        /// <summary>Architecture, as the file calls it.</summary>
        public string Architecture { get; }

        /// <summary>Name, as the file says.</summary>
        public string Name { get; }

        /// <summary>Where its layers run: "cpu" or "vulkan:N".</summary>
        public string Device { get; }

        /// <summary>CPU kernels in use.</summary>
        public string Isa { get; }

        /// <summary>Layers.</summary>
        public int Layers { get; }

        /// <summary>Layers on the GPU.</summary>
        public int GpuLayers { get; }

        /// <summary>CPU threads.</summary>
        public int Threads { get; }

        /// <summary>Parameters.</summary>
        public long Parameters { get; }

        /// <summary>Parameters that a token uses: without the experts that are not chosen.</summary>
        public long ActiveParameters { get; }

        /// <summary>Bytes of weights.</summary>
        public long WeightBytes { get; }

        /// <summary>Bytes of a copy of weights in host memory.</summary>
        public long RepackedBytes { get; }

        /// <summary>Tokens of context that the model was trained for.</summary>
        public long ContextLength { get; }

        /// <summary>Tokens of the vocabulary.</summary>
        public int VocabSize { get; }

        /// <summary>Width of the model.</summary>
        public int EmbeddingLength { get; }

        /// <summary>Token that begins a text; -1 = none.</summary>
        public int BosToken { get; }

        /// <summary>Token that ends a text; -1 = none.</summary>
        public int EosToken { get; }

        /// <summary>Whether the file has a chat template; else ChatML is used.</summary>
        public bool HasChatTemplate { get; }

        /// <summary>False when loaded with VocabOnly.</summary>
        public bool HasWeights { get; }
    }

    /// <summary>One tensor of a model.</summary>
    public sealed unsafe class TensorInfo
    {
        internal TensorInfo(dlgo_tensor_info* native)
        {
            Name = Utf8.Text(native->name);
            Type = Utf8.Text(native->type);
            Device = Utf8.Text(native->device);
            Bytes = (long)native->bytes;
            long[] shape = new long[native->n_dims];
            for (int i = 0; i < shape.Length; i++) shape[i] = (long)native->dims[i];
            Shape = shape;
        }

        /// <summary>Name.</summary>
        public string Name { get; }

        /// <summary>"Q4_K", "F32", ...</summary>
        public string Type { get; }

        /// <summary>Dimensions, innermost first, as in the file.</summary>
        public IReadOnlyList<long> Shape { get; }

        /// <summary>Bytes.</summary>
        public long Bytes { get; }

        /// <summary>Where it lives.</summary>
        public string Device { get; }
    }

    /// <summary>Bytes that loading a model and creating one session take.</summary>
    public sealed unsafe class MemoryPlan
    {
        internal MemoryPlan(dlgo_memory_plan* native)
        {
            Device = Utf8.Text(native->device);
            Layers = native->layers;
            GpuLayers = native->gpu_layers;
            HostWeights = (long)native->host_weights;
            DeviceWeights = (long)native->device_weights;
            HostState = (long)native->host_state;
            DeviceState = (long)native->device_state;
            HostScratch = (long)native->host_scratch;
            DeviceScratch = (long)native->device_scratch;
            HostRepacked = (long)native->host_repacked;
        }

        /// <summary>GPU in use, or "cpu".</summary>
        public string Device { get; }

        /// <summary>Layers of the model.</summary>
        public int Layers { get; }

        /// <summary>Those of them on the GPU.</summary>
        public int GpuLayers { get; }

        /// <summary>Weights in host memory.</summary>
        public long HostWeights { get; }

        /// <summary>Weights in GPU memory.</summary>
        public long DeviceWeights { get; }

        /// <summary>Key/value cache and recurrent state of one session in host memory.</summary>
        public long HostState { get; }

        /// <summary>The same in GPU memory.</summary>
        public long DeviceState { get; }

        /// <summary>Activations of one session in host memory.</summary>
        public long HostScratch { get; }

        /// <summary>The same in GPU memory.</summary>
        public long DeviceScratch { get; }

        /// <summary>Part of HostWeights that is a copy of the file.</summary>
        public long HostRepacked { get; }
    }
}
