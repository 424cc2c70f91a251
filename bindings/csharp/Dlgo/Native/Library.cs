using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Dlgo.Native
{
    /// <summary>Finds libdlgo.so.1: in DLGO_LIB_DIR, beside the program, where the system looks.</summary>
    internal static class Library
    {
        internal const string Name = "libdlgo.so.1";

        static Library()
        {
            Prepare();
        }

        /// <summary>work, which is compiled after the library was looked for: Mono resolves the imports of a method when it compiles it. What does
        /// not need a model begins here.</summary>
        internal static T Use<T>(Func<T> work)
        {
            return work();
        }

        /// <summary>File of the library that is in use; null where the system found it.</summary>
        internal static string Path { get; private set; }

        internal static string RuntimeIdentifier
        {
            get { return "linux-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(); }
        }

        /// <summary>Folders that the package's native files may be in.</summary>
        internal static IEnumerable<string> Folders()
        {
            string chosen = Environment.GetEnvironmentVariable("DLGO_LIB_DIR");
            if (!string.IsNullOrEmpty(chosen)) yield return chosen;
            string assembly = null;
            try
            {
                assembly = System.IO.Path.GetDirectoryName(typeof(Library).GetTypeInfo().Assembly.Location);
            }
            catch (NotSupportedException)
            {
            }
            foreach (string folder in new[] { AppContext.BaseDirectory, assembly })
            {
                if (string.IsNullOrEmpty(folder)) continue; // a single-file program has no assembly files
                yield return System.IO.Path.Combine(folder, "runtimes", RuntimeIdentifier, "native");
                yield return folder;
            }
        }

        private static IEnumerable<string> Candidates()
        {
            foreach (string folder in Folders())
            {
                string path = System.IO.Path.Combine(folder, Name);
                if (File.Exists(path)) yield return path;
            }
        }

#if NETCOREAPP3_0_OR_GREATER
        private static void Prepare()
        {
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);
        }

        private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
        {
            if (name != Name) return IntPtr.Zero;
            foreach (string path in Candidates())
            {
                IntPtr handle;
                if (!NativeLibrary.TryLoad(path, out handle)) continue;
                Path = path;
                return handle;
            }
            return IntPtr.Zero;
        }
#else
        // DllImport asks the dynamic loader for the soname, which a library that is loaded already answers to.
        private static void Prepare()
        {
            foreach (string path in Candidates())
            {
                if (Open(path) == IntPtr.Zero) continue;
                Path = path;
                return;
            }
        }

        private const int RtldNow = 2;

        private static unsafe IntPtr Open(string path)
        {
            fixed (byte* name = Utf8.Bytes(path, "path"))
            {
                try
                {
                    return dlopen(name, RtldNow);
                }
                catch (DllNotFoundException)
                {
                    return IntPtr.Zero;
                }
                catch (EntryPointNotFoundException)
                {
                    return IntPtr.Zero;
                }
            }
        }

        [DllImport("libdl.so.2")]
        private static extern unsafe IntPtr dlopen(byte* path, int flags);
#endif
    }
}
