using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Dlgo.Tests
{
    public class StreamTests
    {
        [Fact]
        public void PiecesJoinToTheAnswer()
        {
            AnswerStream stream = Shared.Llm.ChatStream(Shared.Question, Shared.Greedy);
            Assert.Null(stream.Stats);
            List<string> pieces = stream.ToList();
            Assert.True(pieces.Count > 1);
            Shared.AssertRight(string.Concat(pieces));
            Assert.Equal(StopReason.Eos, stream.Stats.StopReason);
            Assert.Throws<InvalidOperationException>(() => stream.ToList());
        }

        [Fact]
        public void MorePiecesThanWaitAtATime()
        {
            GenerateOptions options = Shared.Greedy;
            options.MaxTokens = 300;
            options.IgnoreEos = true;
            string whole = Shared.Llm.Generate("One", options);
            List<string> pieces = new List<string>();
            foreach (string piece in Shared.Llm.GenerateStream("One", options))
            {
                if (pieces.Count == 0) Thread.Sleep(300);
                pieces.Add(piece);
            }
            Assert.Equal(whole, string.Concat(pieces));
        }

        [Fact]
        public void LogprobsComeWithPieces()
        {
            GenerateOptions options = Shared.Greedy;
            options.Logprobs = 1;
            foreach (Piece piece in Shared.Llm.ChatStream(Shared.Question, options).Pieces.Where(p => p.Token >= 0))
                Assert.True(piece.Logprob <= 0 && piece.Top.Count == 1);
        }

        [Fact]
        public void LeavingEarlyFreesTheSession()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                foreach (string piece in session.GenerateStream("One", Shared.Long))
                {
                    Assert.NotEmpty(piece);
                    break;
                }
                Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));
                IEnumerator<string> reader = session.GenerateStream("One", Shared.Long).GetEnumerator();
                Assert.True(reader.MoveNext());
                reader.Dispose();
                Assert.False(reader.MoveNext());
                Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));
                AnswerStream unread = session.GenerateStream("One", Shared.Long);
                unread.Dispose();
                Assert.Equal("", string.Concat(unread));
                Assert.Equal(0, session.Chat(Shared.Question, new GenerateOptions { MaxTokens = 0 }).Stats.GeneratedTokens);
            }
        }

        [Fact]
        public void AForgottenStreamEnds()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                Forget(session);
                for (int i = 0; i < 200; i++)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    try
                    {
                        Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));
                        return;
                    }
                    catch (DlgoInvalidArgumentException)
                    {
                        Thread.Sleep(50); // a conservative collector may see it on the stack for a while
                        Churn(50);
                    }
                }
                Assert.True(false, "still busy");
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Forget(Session session)
        {
            Thread thread = new Thread(() => session.GenerateStream("One", Shared.Long).GetEnumerator().MoveNext());
            thread.Start();
            thread.Join();
        }

        private static int Churn(int depth)
        {
            return depth == 0 ? 0 : 1 + Churn(depth - 1);
        }

        [Fact]
        public void ACallbackMayStop()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                int calls = 0;
                Answer answer = session.Generate("One", piece => ++calls < 3, Shared.Long);
                Assert.Equal(3, calls);
                Assert.Equal(StopReason.Callback, answer.Stats.StopReason);
            }
        }

        private sealed class OurException : Exception
        {
        }

        private static bool Fails(Piece piece)
        {
            throw new OurException();
        }

        [Fact]
        public void ACallbackMayThrow()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                OurException error = Assert.Throws<OurException>(() => session.Generate("One", Fails, Shared.Long));
                Assert.Contains(nameof(Fails), error.StackTrace);
                Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));
                Assert.Throws<OurException>(() =>
                {
                    foreach (string piece in session.GenerateStream("One", Shared.Long)) throw new OurException();
                });
                Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));
            }
        }

        [Fact]
        public void OneCallAtATime()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                using (AnswerStream stream = session.GenerateStream("One", Shared.Long))
                {
                    Assert.True(stream.GetEnumerator().MoveNext());
                    Assert.Contains("busy", Assert.Throws<DlgoInvalidArgumentException>(() => session.Chat(Shared.Question)).Message);
                    Assert.Throws<DlgoInvalidArgumentException>(() => session.Eval(new[] { 1 }));
                    Assert.Throws<DlgoInvalidArgumentException>(() => session.Truncate(0));
                    Assert.Throws<DlgoInvalidArgumentException>(() => session.ChatStream(Shared.Question).First());
                }
                Assert.Throws<DlgoInvalidArgumentException>(
                    () => session.Chat(new[] { Message.User(Shared.Question) }, piece => session.Chat(Shared.Question) != null, Shared.Greedy));
                Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));
            }
        }

        [Fact]
        public void WrongArgumentsComeWithTheFirstPiece()
        {
            Assert.Throws<DlgoInvalidArgumentException>(() => Shared.Llm.ChatStream("x", new GenerateOptions { TopP = -5 }).First());
            Assert.Throws<ArgumentNullException>(() => Shared.Llm.GenerateStream(null).First());
        }

        [Fact]
        public async Task WithoutBlockingAThread()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                string text = "";
                using (AnswerStream stream = session.ChatStream(Shared.Question, Shared.Greedy))
                {
                    for (Piece? piece; (piece = await stream.NextAsync()) != null;) text += piece.Value.Text;
                    Assert.Null(await stream.NextAsync());
                }
                Shared.AssertRight(text);
                using (CancellationTokenSource source = new CancellationTokenSource(100))
                using (AnswerStream stream = session.GenerateStream("One", Shared.Long, source.Token))
                {
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
                    {
                        while (await stream.NextAsync() != null)
                        {
                        }
                    });
                }
            }
        }

#if NETCOREAPP3_0_OR_GREATER
        [Fact]
        public async Task AsyncEnumerator()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                string text = "";
                IAsyncEnumerator<string> reader = session.ChatStream(Shared.Question, Shared.Greedy).GetAsyncEnumerator();
                while (await reader.MoveNextAsync()) text += reader.Current;
                await reader.DisposeAsync();
                Shared.AssertRight(text);

                reader = session.GenerateStream("One", Shared.Long).GetAsyncEnumerator();
                Assert.True(await reader.MoveNextAsync());
                await reader.DisposeAsync();
                Shared.AssertRight(session.Chat(Shared.Question, Shared.Greedy));

                using (CancellationTokenSource source = new CancellationTokenSource())
                {
                    reader = session.GenerateStream("One", Shared.Long).GetAsyncEnumerator(source.Token);
                    Assert.True(await reader.MoveNextAsync());
                    source.Cancel();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.MoveNextAsync());
                    await reader.DisposeAsync();
                }
            }
        }
#endif
    }
}
