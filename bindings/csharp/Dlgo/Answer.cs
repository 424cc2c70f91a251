using System.Collections.Generic;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>A token and its log probability.</summary>
    public struct TokenLogprob
    {
        internal TokenLogprob(int token, float logprob)
        {
            Token = token;
            Logprob = logprob;
        }

        /// <summary>The token.</summary>
        public int Token { get; }

        /// <summary>Its log probability.</summary>
        public float Logprob { get; }
    }

    /// <summary>A piece of an answer.</summary>
    public struct Piece
    {
        internal unsafe Piece(dlgo_token_event* native)
        {
            Text = Utf8.Text(native->text, (int)native->text_len);
            Token = native->token;
            Logprob = native->logprob;
            Top = null;
            if (native->n_top == 0) return;
            TokenLogprob[] top = new TokenLogprob[native->n_top];
            for (int i = 0; i < top.Length; i++) top[i] = new TokenLogprob(native->top[i].token, native->top[i].logprob);
            Top = top;
        }

        /// <summary>Whole characters.</summary>
        public string Text { get; }

        /// <summary>The last token that contributed to the text; -1: none.</summary>
        public int Token { get; }

        /// <summary>Log probability of the token, where logprobs were asked for.</summary>
        public float Logprob { get; }

        /// <summary>The most likely tokens, best first, where logprobs were asked for; else null.</summary>
        public IReadOnlyList<TokenLogprob> Top { get; }

        /// <summary>The text.</summary>
        public override string ToString()
        {
            return Text;
        }
    }

    /// <summary>A whole answer.</summary>
    public sealed class Answer
    {
        internal Answer(string text, Stats stats, IReadOnlyList<Piece> pieces)
        {
            Text = text;
            Stats = stats;
            Pieces = pieces;
        }

        /// <summary>The text.</summary>
        public string Text { get; }

        /// <summary>Counts and times.</summary>
        public Stats Stats { get; }

        /// <summary>The text token by token; empty unless logprobs were asked for.</summary>
        public IReadOnlyList<Piece> Pieces { get; }

        /// <summary>The text.</summary>
        public override string ToString()
        {
            return Text;
        }

        /// <summary>The text.</summary>
        public static implicit operator string(Answer answer)
        {
            return answer == null ? null : answer.Text;
        }
    }
}
