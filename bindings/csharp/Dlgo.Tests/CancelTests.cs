using System;
using System.Linq;
using System.Threading;
using Xunit;

namespace Dlgo.Tests
{
    public class CancelTests : IDisposable
    {
        private readonly Session session = Shared.Llm.NewSession();

        public void Dispose()
        {
            Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy)); // goes on working
            session.Dispose();
        }

        [Fact]
        public void BeforeTheCall()
        {
            CancellationToken token = new CancellationToken(true);
            Assert.ThrowsAny<OperationCanceledException>(() => session.Chat(Shared.Question, null, token));
            Assert.ThrowsAny<OperationCanceledException>(() => session.ChatStream(Shared.Question, null, token).First());
            Assert.ThrowsAny<OperationCanceledException>(() => session.Eval(new[] { 1 }, token));
            Assert.ThrowsAny<OperationCanceledException>(() => new Llm(Shared.ModelPath, null, token));
            session.Cancel(); // no call in progress: no effect
        }

        [Fact]
        public void DuringTheCall()
        {
            using (CancellationTokenSource source = new CancellationTokenSource())
            {
                OperationCanceledException error = Assert.ThrowsAny<OperationCanceledException>(() => session.Generate("One", piece =>
                {
                    source.Cancel();
                    return true;
                }, Shared.Long, source.Token));
                Assert.Equal(source.Token, error.CancellationToken);
                Assert.IsType<DlgoCancelledException>(error.InnerException);
            }
            using (CancellationTokenSource source = new CancellationTokenSource(100))
                Assert.ThrowsAny<OperationCanceledException>(() => session.Generate("One", Shared.Long, source.Token));
            using (CancellationTokenSource source = new CancellationTokenSource())
            {
                Assert.ThrowsAny<OperationCanceledException>(() =>
                {
                    foreach (string piece in session.GenerateStream("One", Shared.Long, source.Token)) source.Cancel();
                });
            }
        }

        [Fact]
        public void AtAnyMoment()
        {
            for (int delay = 0; delay < 40; delay++)
            {
                using (CancellationTokenSource source = new CancellationTokenSource())
                {
                    Thread thread = new Thread(() =>
                    {
                        Thread.SpinWait(delay * 2000);
                        source.Cancel();
                    });
                    thread.Start();
                    Assert.ThrowsAny<OperationCanceledException>(() => session.Generate("One", Shared.Long, source.Token));
                    thread.Join();
                }
                session.Truncate(0);
            }
        }

        [Fact]
        public void FromAnotherThread()
        {
            AnswerStream stream = session.GenerateStream("One", Shared.Long);
            Thread thread = new Thread(session.Cancel);
            Assert.Throws<DlgoCancelledException>(() =>
            {
                foreach (string piece in stream)
                {
                    if (thread.ThreadState == ThreadState.Unstarted) thread.Start();
                }
            });
            thread.Join();
            Assert.Equal(StopReason.Cancel, stream.Stats.StopReason);
        }

        [Fact]
        public void ATokenEndsItsOwnCallOnly()
        {
            using (CancellationTokenSource source = new CancellationTokenSource())
            {
                int calls = 0;
                Answer answer = session.Generate("One", piece =>
                {
                    if (calls++ > 0) return true;
                    Assert.Throws<DlgoInvalidArgumentException>(() => session.Generate("Two", null, source.Token)); // busy
                    source.Cancel();
                    return true;
                }, new GenerateOptions { MaxTokens = 20, IgnoreEos = true });
                Assert.Equal(20L, answer.Stats.GeneratedTokens);
            }
        }
    }
}
