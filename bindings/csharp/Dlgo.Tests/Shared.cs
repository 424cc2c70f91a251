using System;
using System.IO;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Dlgo.Tests
{
    internal static class Shared
    {
        internal const string Question = "What is the capital of France?";
        internal const string Right = "The capital of France is Paris.";
        internal static readonly string ModelPath = Environment.GetEnvironmentVariable("DLGO_TEST_MODEL") ?? Engine.DemoModel;
        internal static readonly Llm Llm = Load();

        internal static Llm Load()
        {
            return new Llm(ModelPath, new LlmOptions { Device = "cpu", Threads = 1 });
        }

        internal static GenerateOptions Greedy
        {
            get { return new GenerateOptions { Temperature = 0 }; }
        }

        /// <summary>Goes on until something stops it or the context is full.</summary>
        internal static GenerateOptions Long
        {
            get { return new GenerateOptions { MaxTokens = 100000, IgnoreEos = true }; }
        }

        internal static void AssertRight(string answer)
        {
            Assert.Equal(Right, answer.Trim());
        }

        /// <summary>A file of the source tree.</summary>
        internal static string Source(params string[] path)
        {
            string tail = Path.Combine(path);
            for (DirectoryInfo folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
            {
                string file = Path.Combine(folder.FullName, tail);
                if (File.Exists(file)) return file;
            }
            throw new FileNotFoundException("not in a folder above the tests", tail);
        }
    }

    /// <summary>A folder that is deleted afterwards.</summary>
    internal sealed class Folder : IDisposable
    {
        private readonly string path = Path.Combine(Path.GetTempPath(), "dlgo-" + Guid.NewGuid().ToString("N"));

        internal Folder()
        {
            Directory.CreateDirectory(path);
        }

        internal string File(string name)
        {
            return Path.Combine(path, name);
        }

        public void Dispose()
        {
            Directory.Delete(path, true);
        }
    }
}
