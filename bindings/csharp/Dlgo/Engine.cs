using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>Kind of a device.</summary>
    public enum DeviceType
    {
        /// <summary>The CPU.</summary>
        Cpu = NativeMethods.DLGO_DEVICE_CPU,
        /// <summary>A GPU with memory of its own.</summary>
        Discrete = NativeMethods.DLGO_DEVICE_GPU_DISCRETE,
        /// <summary>A GPU that shares the CPU's memory.</summary>
        Integrated = NativeMethods.DLGO_DEVICE_GPU_INTEGRATED,
        /// <summary>A GPU of a virtual machine.</summary>
        Virtual = NativeMethods.DLGO_DEVICE_GPU_VIRTUAL,
        /// <summary>A Vulkan device that is a CPU; never chosen by "auto".</summary>
        Software = NativeMethods.DLGO_DEVICE_SOFTWARE,
    }

    /// <summary>A device that models can run on.</summary>
    public sealed unsafe class Device
    {
        internal Device(dlgo_device_info* native)
        {
            Name = Utf8.Text(native->name);
            Description = Utf8.Text(native->description);
            Features = Utf8.Text(native->features);
            Type = (DeviceType)native->type;
            MemoryTotal = (long)native->memory_total;
            MemoryFree = (long)native->memory_free;
        }

        /// <summary>What LlmOptions.Device takes: "cpu", "vulkan:0", ...</summary>
        public string Name { get; }

        /// <summary>Product name.</summary>
        public string Description { get; }

        /// <summary>Separated by spaces.</summary>
        public string Features { get; }

        /// <summary>Kind.</summary>
        public DeviceType Type { get; }

        /// <summary>Bytes.</summary>
        public long MemoryTotal { get; }

        /// <summary>Bytes, as far as the system tells; 0 = unknown.</summary>
        public long MemoryFree { get; }
    }

    /// <summary>Importance of a line of the log.</summary>
    public enum LogLevel
    {
        /// <summary>Error.</summary>
        Error = NativeMethods.DLGO_LOG_ERROR,
        /// <summary>Warning.</summary>
        Warn = NativeMethods.DLGO_LOG_WARN,
        /// <summary>Information.</summary>
        Info = NativeMethods.DLGO_LOG_INFO,
        /// <summary>Debugging.</summary>
        Debug = NativeMethods.DLGO_LOG_DEBUG,
    }

    /// <summary>The library as a whole.</summary>
    public static unsafe class Engine
    {
        private static readonly dlgo_log_callback OnLogDelegate = OnLog;
        private static volatile Action<LogLevel, string> log;

        /// <summary>"major.minor.patch" of the library that is loaded.</summary>
        public static string Version
        {
            get { return Library.Use(() => Utf8.Text(NativeMethods.dlgo_version())); }
        }

        /// <summary>Version of the ABI of the library that is loaded.</summary>
        public static int AbiVersion
        {
            get { return Library.Use(() => (int)NativeMethods.dlgo_abi_version()); }
        }

        /// <summary>Whether this build on this machine has, for example, "avx2", "vulkan" or "coopmat".</summary>
        public static bool HasFeature(string name)
        {
            return Library.Use(() =>
            {
                fixed (byte* bytes = Utf8.Bytes(name, nameof(name))) return NativeMethods.dlgo_has_feature(bytes) != 0;
            });
        }

        /// <summary>Name of a status such as "out of memory".</summary>
        public static string StatusText(DlgoStatus status)
        {
            return Library.Use(() => Utf8.Text(NativeMethods.dlgo_status_string((int)status)));
        }

        /// <summary>Devices of this machine; the first is the CPU.</summary>
        public static IReadOnlyList<Device> Devices
        {
            get { return Library.Use(ReadDevices); }
        }

        private static Device[] ReadDevices()
        {
            Device[] devices = new Device[NativeMethods.dlgo_device_count()];
            for (int i = 0; i < devices.Length; i++)
            {
                dlgo_device_info native = new dlgo_device_info { struct_size = (uint)sizeof(dlgo_device_info) };
                DlgoException.Check(NativeMethods.dlgo_device_get(i, &native));
                devices[i] = new Device(&native);
            }
            return devices;
        }

        /// <summary>What loading a model with these options and one session would put where; reads only the header of the file.</summary>
        public static MemoryPlan Estimate(string path, LlmOptions options = null)
        {
            return Library.Use(() => Plan(path, options ?? new LlmOptions()));
        }

        private static MemoryPlan Plan(string path, LlmOptions options)
        {
            using (Arena arena = new Arena())
            {
                dlgo_memory_plan native = new dlgo_memory_plan { struct_size = (uint)sizeof(dlgo_memory_plan) };
                byte* file = arena.Required(path, nameof(path));
                DlgoException.Check(NativeMethods.dlgo_llm_estimate(file, options.ToNative(arena, null), &native));
                return new MemoryPlan(&native);
            }
        }

        /// <summary>Gets the library's messages, from any of its threads; null (the default) is silence. What it throws is dropped.</summary>
        public static Action<LogLevel, string> Log
        {
            get { return log; }
            set
            {
                log = value;
                Library.Use(() => SetLog(value != null));
            }
        }

        private static bool SetLog(bool wanted)
        {
            NativeMethods.dlgo_set_log_callback(wanted ? Marshal.GetFunctionPointerForDelegate(OnLogDelegate) : IntPtr.Zero, IntPtr.Zero);
            return wanted;
        }

        private static void OnLog(int level, byte* message, IntPtr userData)
        {
            try
            {
                Action<LogLevel, string> receiver = log;
                if (receiver != null) receiver((LogLevel)level, Utf8.Text(message));
            }
            catch (Exception)
            {
            }
        }

        /// <summary>Path of the bundled demo model.</summary>
        public static string DemoModel
        {
            get
            {
                Library.Use(() => NativeMethods.dlgo_abi_version()); // the library is found by now
                List<string> places = new List<string>(Library.Folders());
                string library = Path.GetDirectoryName(Library.Path ?? "");
                if (!string.IsNullOrEmpty(library))
                {
                    places.Add(Path.Combine(library, "..", "share", "dlgo"));
                    places.Add(Path.Combine(library, "..", "..", "share", "dlgo"));
                }
                places.Add("/usr/local/share/dlgo");
                places.Add("/usr/share/dlgo");
                foreach (string place in places)
                {
                    string path = Path.Combine(place, "demo.gguf");
                    if (File.Exists(path)) return Path.GetFullPath(path);
                }
                throw new FileNotFoundException("the demo model is not part of this installation", "demo.gguf");
            }
        }
    }
}
