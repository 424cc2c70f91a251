using System;
using System.IO;
using System.Runtime.InteropServices;
using Dlgo.Native;
using Xunit;

namespace Dlgo.Tests
{
    public unsafe class LayoutTests
    {
        [Fact]
        public void StructsAreLaidOutAsInC()
        {
            int checks = 0;
            foreach (string line in File.ReadAllLines(Shared.Source("tests", "abi", "layout.txt")))
            {
                string[] words = line.Split(' ', '.');
                bool whole = words[0] == "struct";
                Type type = typeof(NativeMethods).Assembly.GetType("Dlgo.Native." + words[whole ? 1 : 0]);
                Assert.True(type != null, line);
                if (whole) Assert.True(Marshal.SizeOf(type) == int.Parse(words[2]), line + ", is " + Marshal.SizeOf(type));
                else Assert.True(Marshal.OffsetOf(type, words[1]) == (IntPtr)int.Parse(words[2]), line + ", is " + Marshal.OffsetOf(type, words[1]));
                checks++;
            }
            Assert.True(checks > 50);
            Assert.Equal(Marshal.SizeOf(typeof(dlgo_llm_info)), sizeof(dlgo_llm_info));
            Assert.Equal(Marshal.SizeOf(typeof(dlgo_generate_options)), sizeof(dlgo_generate_options));
        }

        [Fact]
        public void SmallerStructsAreAccepted()
        {
            for (uint size = 4; size <= sizeof(dlgo_llm_info); size += 4)
            {
                dlgo_llm_info info = new dlgo_llm_info { struct_size = size, repacked_bytes = 0x5555555555555555 };
                Assert.Equal(0, NativeMethods.dlgo_llm_get_info(Shared.Llm.Handle, &info));
                if (size >= 8) Assert.Equal(Shared.Llm.Info.Layers, info.layers);
                if (size < sizeof(dlgo_llm_info)) Assert.Equal(0x55u, (uint)(info.repacked_bytes >> 56));
            }
            for (uint size = 4; size <= sizeof(dlgo_session_options); size += 4)
            {
                dlgo_session_options options = new dlgo_session_options { struct_size = size, n_ctx = 64 };
                IntPtr session;
                Assert.Equal(0, NativeMethods.dlgo_session_create(Shared.Llm.Handle, &options, &session));
                NativeMethods.dlgo_session_free(session);
            }
        }

        [Fact]
        public void NothingMayBeFreed()
        {
            Assert.NotEmpty(Engine.Version);
            NativeMethods.dlgo_free(IntPtr.Zero);
            NativeMethods.dlgo_llm_free(IntPtr.Zero);
            NativeMethods.dlgo_session_free(IntPtr.Zero);
        }
    }
}
