using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Xunit;

namespace Dlgo.Tests
{
    public class ModelTests
    {
        [Fact]
        public void Library()
        {
            Assert.Equal(1, Engine.AbiVersion);
            Assert.Equal(3, Engine.Version.Split('.').Length);
            Assert.False(Engine.HasFeature("no such thing"));
            Device cpu = Engine.Devices[0];
            Assert.Equal("cpu", cpu.Name);
            Assert.Equal(DeviceType.Cpu, cpu.Type);
            Assert.True(cpu.MemoryTotal > 0);
        }

        [Fact]
        public void Facts()
        {
            ModelInfo info = Shared.Llm.Info;
            Assert.True(info.Layers > 0 && info.VocabSize > 0 && info.EmbeddingLength > 0 && info.ContextLength > 0 && info.HasWeights);
            Assert.Equal("cpu", info.Device);
            Assert.NotEmpty(info.Isa);
            Assert.Equal(info.Architecture, Shared.Llm.FindMetadata("general.architecture"));
            Assert.Equal("general.architecture", Shared.Llm.Metadata[0].Key);
            Assert.Null(Shared.Llm.FindMetadata("no such key"));
            IReadOnlyList<TensorInfo> tensors = Shared.Llm.Tensors;
            Assert.True(tensors.Count > info.Layers);
            Assert.True(tensors.All(t => t.Bytes > 0 && t.Shape.Count > 0 && t.Name.Length > 0 && t.Type.Length > 0));
            MemoryPlan plan = Engine.Estimate(Shared.ModelPath, new LlmOptions { Device = "cpu" });
            Assert.Equal(info.Layers, plan.Layers);
            Assert.True(plan.HostWeights > 0 && plan.HostState > 0);
        }

        [Fact]
        public void VocabularyAlone()
        {
            using (Llm llm = new Llm(Shared.ModelPath, new LlmOptions { VocabOnly = true }))
            {
                Assert.NotEmpty(llm.Tokenize("hello"));
                Assert.False(llm.Info.HasWeights);
                Assert.ThrowsAny<DlgoException>(() => llm.NewSession());
            }
        }

        [Fact]
        public void AnyText()
        {
            foreach (string text in new[] { "Paris is 5 × nicer", "naïve 漢字 Ω", "👩‍👩‍👧 🎉", "a\0b", "\t\n", new string('x', 5000) })
                Assert.Equal(text.Trim(), Shared.Llm.Detokenize(Shared.Llm.Tokenize(text)).Trim());
            Assert.Empty(Shared.Llm.Tokenize(""));
            Assert.Equal("", Shared.Llm.Detokenize(new int[0]));
            Assert.NotEmpty(Shared.Llm.Tokenize(new byte[] { 0xff, 0xfe }));
            byte[] party = Encoding.UTF8.GetBytes("🎉");
            Assert.Equal(party, Shared.Llm.DetokenizeBytes(Shared.Llm.Tokenize(party)).SkipWhile(b => b == ' ').ToArray());
            Assert.Throws<DlgoInvalidArgumentException>(() => Shared.Llm.Detokenize(new[] { int.MaxValue }));
            Message[] messages = { Message.User("漢字 🎉") };
            Assert.Contains("漢字 🎉", Shared.Llm.FormatChat(messages));
            Assert.Equal("🎉 é", Shared.Llm.Chat("🎉", new GenerateOptions { Grammar = "root ::= \"🎉 é\"" }).Text);
            Assert.Equal("🎉 é", string.Concat(Shared.Llm.ChatStream("🎉", new GenerateOptions { Grammar = "root ::= \"🎉 é\"" })));
        }

        [Fact]
        public void PathsAreUtf8()
        {
            using (Folder folder = new Folder())
            {
                string path = folder.File("模型 🎉.gguf");
                System.IO.File.Copy(Shared.ModelPath, path);
                using (Llm llm = new Llm(path, new LlmOptions { VocabOnly = true })) Assert.Equal(path, llm.Path);
                Assert.Contains("无 🎉", Assert.Throws<DlgoIOException>(() => new Llm(folder.File("无 🎉"))).Message);
            }
        }

        [Fact]
        public void Logits()
        {
            int[] tokens = Shared.Llm.Tokenize(Shared.Question);
            int vocab = Shared.Llm.Info.VocabSize;
            using (Session session = Shared.Llm.NewSession(new SessionOptions { Kv = KvType.F32 }))
            {
                float[] all = session.EvalAll(tokens);
                Assert.Equal(tokens.Length * vocab, all.Length);
                Assert.Equal(tokens.Length, session.Position);
                session.Truncate(0);
                float[] last = session.Eval(tokens);
                float[] row = all.Skip(all.Length - vocab).ToArray();
                // One row and many are multiplied by different kernels.
                Assert.True(last.Zip(row, (a, b) => Math.Abs(a - b)).Max() < 0.1);
                session.Eval(new int[0], null);
                Assert.Empty(session.EvalAll(new int[0]));
                session.Truncate(2);
                session.Eval(tokens.Skip(2).ToArray(), (float[])null);
                Assert.Equal(tokens.Length, session.Position);
                Assert.Throws<ArgumentException>(() => session.Eval(tokens, new float[vocab + 1]));
                Assert.Throws<ArgumentException>(() => session.EvalAll(tokens, new float[vocab]));
                Assert.Throws<ArgumentOutOfRangeException>(() => session.Truncate(-1));
                Assert.Throws<DlgoInvalidArgumentException>(() => session.Eval(new[] { vocab }));
#if NETCOREAPP3_0_OR_GREATER
                session.Truncate(0);
                float[] spans = new float[vocab + 2];
                session.Eval(new ReadOnlySpan<int>(tokens), new Span<float>(spans, 1, vocab));
                Assert.Equal(last, spans.Skip(1).Take(vocab).ToArray());
                session.Eval(default(ReadOnlySpan<int>), default(Span<float>));
                session.Truncate(0);
                session.EvalAll(new ReadOnlySpan<int>(tokens), new Span<float>(all));
#endif
            }
        }

        [Fact]
        public void SaveAndRestore()
        {
            int[] tokens = Shared.Llm.Tokenize(Shared.Question);
            using (Folder folder = new Folder())
            using (Session session = Shared.Llm.NewSession())
            using (Session other = Shared.Llm.NewSession())
            {
                session.Eval(tokens.Take(tokens.Length - 1).ToArray(), (float[])null);
                session.Save(folder.File("state"));
                other.Restore(folder.File("state"));
                Assert.Equal(session.Position, other.Position);
                int[] rest = { tokens.Last() };
                Assert.Equal(session.Eval(rest), other.Eval(rest));
                System.IO.File.WriteAllText(folder.File("damaged"), "no state");
                Assert.Throws<DlgoFormatException>(() => other.Restore(folder.File("damaged")));
                Assert.Throws<DlgoIOException>(() => other.Restore(folder.File("missing")));
            }
        }
    }
}
