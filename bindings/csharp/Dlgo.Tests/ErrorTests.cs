using System;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace Dlgo.Tests
{
    public class ErrorTests
    {
        [Fact]
        public void EveryStatusHasItsClass()
        {
            DlgoStatus[] statuses = ((DlgoStatus[])Enum.GetValues(typeof(DlgoStatus))).Where(s => s != DlgoStatus.Ok).ToArray();
            Assert.Equal(9, statuses.Length);
            foreach (DlgoStatus status in statuses)
            {
                DlgoException error = DlgoException.Create(status, "why");
                Assert.Equal("Dlgo" + status + "Exception", error.GetType().Name);
                Assert.Equal(status, error.Status);
                Assert.Equal("why", error.Message);
                Assert.NotEmpty(Engine.StatusText(status));
            }
        }

        [Fact]
        public void MissingFile()
        {
            DlgoIOException error = Assert.Throws<DlgoIOException>(() => new Llm("/nowhere/missing.gguf"));
            Assert.Contains("missing.gguf", error.Message);
            Assert.Equal(DlgoStatus.IO, error.Status);
            Assert.Throws<DlgoIOException>(() => Engine.Estimate("/nowhere/missing.gguf"));
        }

        [Fact]
        public void DamagedFile()
        {
            using (Folder folder = new Folder())
            {
                byte[] damaged = Enumerable.Repeat((byte)0xff, 100).ToArray();
                Encoding.ASCII.GetBytes("GGUF\x03\0\0\0").CopyTo(damaged, 0);
                File.WriteAllBytes(folder.File("damaged.gguf"), damaged);
                Assert.Contains("damaged.gguf", Assert.Throws<DlgoFormatException>(() => new Llm(folder.File("damaged.gguf"))).Message);

                byte[] model = File.ReadAllBytes(Shared.ModelPath);
                File.WriteAllBytes(folder.File("short.gguf"), model.Take(model.Length / 2).ToArray());
                Assert.Throws<DlgoFormatException>(() => new Llm(folder.File("short.gguf")));

                byte[] name = Encoding.ASCII.GetBytes("general.architecture");
                int value = Enumerable.Range(0, 100000).First(i => name.SequenceEqual(model.Skip(i).Take(name.Length))) + name.Length + 12;
                model[value] = (byte)'?'; // behind the type of the value and its length
                File.WriteAllBytes(folder.File("strange.gguf"), model);
                Assert.Throws<DlgoUnsupportedException>(() => new Llm(folder.File("strange.gguf")));
            }
        }

        [Fact]
        public void TooMuch()
        {
            Assert.Throws<DlgoOutOfMemoryException>(() => Shared.Llm.NewSession(new SessionOptions { Context = 1 << 30 }));
            using (Session session = Shared.Llm.NewSession(new SessionOptions { Context = 32 }))
            {
                Assert.Throws<DlgoContextFullException>(() => session.Generate(string.Concat(Enumerable.Repeat("word ", 200))));
                Assert.Equal(0, session.Position);
                Assert.Equal(StopReason.Context, session.Generate("One", Shared.Long).Stats.StopReason);
            }
        }

        [Fact]
        public void WrongOptions()
        {
            LlmOptions toaster = new LlmOptions { Device = "toaster" };
            Assert.Contains("toaster", Assert.ThrowsAny<DlgoException>(() => new Llm(Shared.ModelPath, toaster)).Message);
            Assert.Throws<DlgoInvalidArgumentException>(() => new Llm(Shared.ModelPath, new LlmOptions { Threads = -1 }));
            Assert.ThrowsAny<DlgoException>(() => new Llm(Shared.ModelPath, new LlmOptions { Isa = "abacus" }));
            Assert.Throws<DlgoInvalidArgumentException>(() => Shared.Llm.NewSession(new SessionOptions { Kv = (KvType)9 }));
            Assert.Throws<DlgoInvalidArgumentException>(() => Shared.Llm.Chat("x", new GenerateOptions { Temperature = float.NaN }));
            Assert.Throws<DlgoInvalidArgumentException>(() => Shared.Llm.Chat("x", new GenerateOptions { Grammar = "::= (" }));
            Assert.Throws<DlgoInvalidArgumentException>(() => Shared.Llm.Chat("x", new GenerateOptions { Stop = new[] { "a\0b" } }));
            Assert.Throws<DlgoInvalidArgumentException>(() => Shared.Llm.Chat("x\0y"));
            Assert.Throws<ArgumentNullException>(() => Shared.Llm.Chat((string)null));
            Assert.Throws<ArgumentNullException>(() => Shared.Llm.Chat(new Message[] { null }));
            Assert.Throws<ArgumentNullException>(() => Shared.Llm.Generate(null));
            Assert.Throws<ArgumentNullException>(() => Shared.Llm.Chat("x", new GenerateOptions { Stop = new string[] { null } }));
            Assert.Throws<ArgumentNullException>(() => Shared.Llm.Tokenize((string)null));
            Assert.Throws<ArgumentNullException>(() => new Session(null));
        }

        private sealed class Enough : Exception
        {
        }

        [Fact]
        public void ProgressMayStop()
        {
            float last = 0;
            LlmOptions options = new LlmOptions { Device = "cpu" };
            options.Progress = fraction =>
            {
                Assert.True(fraction >= last && fraction <= 1);
                last = fraction;
                return true;
            };
            new Llm(Shared.ModelPath, options).Dispose();
            Assert.Equal(1f, last);
            options.Progress = fraction => false;
            Assert.Throws<DlgoCancelledException>(() => new Llm(Shared.ModelPath, options));
            options.Progress = fraction => { throw new Enough(); };
            Assert.Throws<Enough>(() => new Llm(Shared.ModelPath, options));
        }

        [Fact]
        public void TheLogMayThrow()
        {
            Engine.Log = (level, message) => { throw new Enough(); };
            try
            {
                Shared.Load().Dispose();
            }
            finally
            {
                Engine.Log = null;
            }
            Assert.Null(Engine.Log);
        }
    }
}
