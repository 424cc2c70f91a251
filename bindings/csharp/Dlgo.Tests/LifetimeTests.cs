using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Xunit;

namespace Dlgo.Tests
{
    public class LifetimeTests
    {
        [Fact]
        public void EveryOrderOfDisposing()
        {
            foreach (string order in new[] { "012", "021", "102", "120", "201", "210" })
            {
                Llm llm = Shared.Load();
                Session session = llm.NewSession();
                AnswerStream stream = session.GenerateStream("One", Shared.Long);
                IEnumerator<string> reader = stream.GetEnumerator();
                Assert.True(reader.MoveNext());
                IDisposable[] all = { llm, session, stream };
                foreach (char i in order)
                {
                    all[i - '0'].Dispose();
                    all[i - '0'].Dispose();
                }
                reader.Dispose();
            }
        }

        [Fact]
        public void SessionsOutliveTheirModel()
        {
            Llm llm = Shared.Load();
            Session session = llm.NewSession();
            llm.Dispose();
            Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));
            session.Dispose();
        }

        [Fact]
        public void UseAfterDispose()
        {
            Llm llm = Shared.Load();
            Session session = llm.NewSession();
            AnswerStream stream = session.ChatStream("x");
            session.Dispose();
            Assert.Throws<ObjectDisposedException>(() => session.Chat("x"));
            Assert.Throws<ObjectDisposedException>(() => session.Generate("x"));
            Assert.Throws<ObjectDisposedException>(() => session.Eval(new[] { 1 }));
            Assert.Throws<ObjectDisposedException>(() => session.Position);
            Assert.Throws<ObjectDisposedException>(() => session.Truncate(0));
            Assert.Throws<ObjectDisposedException>(() => session.Save("x"));
            Assert.Throws<ObjectDisposedException>(() => session.Restore("x"));
            Assert.Throws<ObjectDisposedException>(() => session.Cancel());
            Assert.Throws<ObjectDisposedException>(() => stream.First());
            llm.Dispose();
            Assert.Throws<ObjectDisposedException>(() => llm.Chat("x"));
            Assert.Throws<ObjectDisposedException>(() => llm.GenerateStream("x"));
            Assert.Throws<ObjectDisposedException>(() => llm.NewSession());
            Assert.Throws<ObjectDisposedException>(() => llm.Tokenize("x"));
            Assert.Throws<ObjectDisposedException>(() => llm.Detokenize(new[] { 1 }));
            Assert.Throws<ObjectDisposedException>(() => llm.FormatChat(new Message[0]));
            Assert.Throws<ObjectDisposedException>(() => llm.Info);
            Assert.Throws<ObjectDisposedException>(() => llm.Metadata);
            Assert.Throws<ObjectDisposedException>(() => llm.Tensors);
        }

        [Fact]
        public void DisposingEndsTheCallInProgress()
        {
            Session session = Shared.Llm.NewSession();
            Thread thread = new Thread(session.Dispose);
            Assert.Throws<DlgoCancelledException>(() => session.Generate("One", piece =>
            {
                if (thread.ThreadState == ThreadState.Unstarted) thread.Start();
                return true;
            }, Shared.Long));
            thread.Join();
            Assert.Throws<ObjectDisposedException>(() => session.Chat("x"));
        }

        [Fact]
        public void EightThreadsWithASessionEach()
        {
            string[] answers = new string[8];
            Parallel(8, i =>
            {
                using (Session session = Shared.Llm.NewSession())
                {
                    answers[i] = i % 2 == 0 ? session.Chat(Shared.Question, Shared.Greedy).Text
                                            : string.Concat(session.ChatStream(Shared.Question, Shared.Greedy));
                }
            });
            foreach (string answer in answers) Shared.AssertRight(answer);
        }

        [Fact]
        public void EightThreadsOnOneSession()
        {
            int answered = 0;
            using (Session session = Shared.Llm.NewSession())
            {
                Parallel(8, i =>
                {
                    for (int n = 0; n < 20; n++)
                    {
                        try
                        {
                            Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));
                            Interlocked.Increment(ref answered);
                        }
                        catch (DlgoInvalidArgumentException error)
                        {
                            Assert.Contains("busy", error.Message);
                        }
                    }
                });
            }
            Assert.True(answered > 0);
        }

        private static void Parallel(int count, Action<int> work)
        {
            Exception failure = null;
            Thread[] threads = Enumerable.Range(0, count).Select(i => new Thread(() =>
            {
                try
                {
                    work(i);
                }
                catch (Exception error)
                {
                    failure = error;
                }
            })).ToArray();
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            Assert.Null(failure);
        }

        [Fact]
        public void CollectionsDuringCallbacks()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                GenerateOptions options = Shared.Greedy;
                options.Stop = new[] { "never " + Guid.NewGuid() };
                options.LogitBias = new Dictionary<int, float> { { 1, 0 } };
                for (int i = 0; i < 5; i++)
                {
                    Answer answer = session.Chat(new[] { Message.User(Shared.Question) }, piece =>
                    {
                        GC.Collect();
                        GC.WaitForPendingFinalizers();
                        return true;
                    }, options);
                    Shared.AssertRight(answer);
                    string text = "";
                    foreach (string piece in session.ChatStream(Shared.Question, options))
                    {
                        GC.Collect();
                        text += piece;
                    }
                    Shared.AssertRight(text);
                }
            }
        }

        [Fact]
        public void MemoryIsFlat()
        {
            string asked = Environment.GetEnvironmentVariable("DLGO_TEST_CYCLES");
            int half = (string.IsNullOrEmpty(asked) ? 600 : int.Parse(asked)) / 2;
            GenerateOptions options = new GenerateOptions { MaxTokens = 2, Stop = new[] { "x" } };
            SessionOptions small = new SessionOptions { Context = 64 };
            Action cycle = () =>
            {
                using (Session session = Shared.Llm.NewSession(small))
                {
                    session.Generate("One", options);
                    session.GenerateStream("two", options).First();
                }
            };
            for (int i = 0; i < half; i++) cycle();
            long before = Resident();
            for (int i = 0; i < half; i++) cycle();
            long growth = Resident() - before;
            Assert.True(growth < 16 << 20, "grew by " + growth + " bytes");
        }

        private static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            string line = File.ReadAllLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(new string(line.Where(char.IsDigit).ToArray()));
        }
    }
}
