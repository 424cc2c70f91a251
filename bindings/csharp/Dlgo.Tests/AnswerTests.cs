using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Dlgo.Tests
{
    public class AnswerTests
    {
        [Fact]
        public void TheDemoModelAnswers()
        {
            Answer answer = Shared.Llm.Chat(Shared.Question, Shared.Greedy);
            Shared.AssertRight(answer);
            Assert.Equal(answer.Text, answer.ToString());
            Assert.Equal(StopReason.Eos, answer.Stats.StopReason);
            Assert.True(answer.Stats.GeneratedTokens > 0 && answer.Stats.PromptTokens > 0);
            Assert.Empty(answer.Pieces);
        }

        [Fact]
        public void AConversationReusesItsPrefix()
        {
            using (Session session = Shared.Llm.NewSession())
            {
                List<Message> messages = new List<Message> { Message.User(Shared.Question) };
                messages.Add(Message.Assistant(session.Chat(messages, Shared.Greedy)));
                messages.Add(Message.User("What is the capital of Italy?"));
                Answer second = session.Chat(messages, Shared.Greedy);
                Assert.Contains("Rome", second.Text);
                Assert.True(second.Stats.CachedTokens > 0);
            }
        }

        [Fact]
        public void OptionsReachTheLibrary()
        {
            GenerateOptions options = Shared.Greedy;
            options.MaxTokens = 2;
            Assert.Equal(StopReason.Length, Shared.Llm.Chat(Shared.Question, options).Stats.StopReason);

            options = Shared.Greedy;
            options.Stop = new[] { "Berlin", "Paris" };
            Answer stopped = Shared.Llm.Chat(Shared.Question, options);
            Assert.DoesNotContain("Paris", stopped.Text);
            Assert.Equal(StopReason.String, stopped.Stats.StopReason);

            options = new GenerateOptions { Seed = 7, MaxTokens = 8, TopK = 100, TopP = 0.9f, MinP = 0, Temperature = 1.5f };
            Assert.Equal(Shared.Llm.Generate("One", options).Text, Shared.Llm.Generate("One", options).Text);
        }

        [Fact]
        public void LogprobsAndBias()
        {
            GenerateOptions options = new GenerateOptions { Temperature = 0, Logprobs = 3, MaxTokens = 4, IgnoreEos = true };
            Answer answer = Shared.Llm.Generate(Shared.Question, options);
            Assert.Equal(answer.Text, string.Concat(answer.Pieces.Select(p => p.Text)));
            foreach (Piece piece in answer.Pieces.Where(p => p.Token >= 0))
            {
                Assert.True(piece.Logprob <= 0 && piece.Top.Count == 3);
                Assert.Equal(piece.Top.OrderByDescending(t => t.Logprob).Select(t => t.Token), piece.Top.Select(t => t.Token));
            }
            int first = answer.Pieces[0].Token;
            options.LogitBias = new Dictionary<int, float> { { first, float.NegativeInfinity } };
            Assert.NotEqual(first, Shared.Llm.Generate(Shared.Question, options).Pieces[0].Token);
        }

        [Fact]
        public void GrammarAndJson()
        {
            Assert.Equal("yes yes", Shared.Llm.Chat("x", new GenerateOptions { Grammar = "root ::= \"yes yes\"" }).Text);
            GenerateOptions options = new GenerateOptions { JsonSchema = "{\"enum\":[\"a\",\"b\"]}" };
            string json = Shared.Llm.Chat("x", options).Text.Trim();
            Assert.True(json == "\"a\"" || json == "\"b\"", json);
            options.Grammar = "root ::= \"x\"";
            Assert.ThrowsAny<DlgoException>(() => Shared.Llm.Chat("x", options));
        }

        [Fact]
        public void TheChatTemplateCanBeReplaced()
        {
            Message[] messages = { Message.System("s"), Message.User("u"), new Message("assistant", "a") };
            ChatOptions options = new ChatOptions
            {
                Template = "{% for m in messages %}{{ m.role }}={{ m.content }};{% endfor %}{{ x }}",
                ExtraJson = "{\"x\":5}",
            };
            Assert.Equal("system=s;user=u;assistant=a;5", Shared.Llm.FormatChat(messages, options));
            GenerateOptions answer = new GenerateOptions { Chat = new ChatOptions { Template = "{{ nothing" } };
            Assert.Throws<DlgoFormatException>(() => Shared.Llm.Chat("x", answer));
            options = new ChatOptions { Template = "{{ raise_exception('not today 🎉') }}" };
            Assert.Contains("not today 🎉", Assert.Throws<DlgoInvalidArgumentException>(() => Shared.Llm.FormatChat(messages, options)).Message);
        }
    }
}
