using System;
using System.Collections.Generic;
using System.Text;

namespace Dlgo.Native
{
    /// <summary>Puts the pieces of an answer together.</summary>
    internal sealed unsafe class Collector : Callback
    {
        private readonly StringBuilder text = new StringBuilder();
        private readonly List<Piece> pieces = new List<Piece>();
        private readonly bool logprobs;
        private readonly Func<Piece, bool> onPiece;

        internal Collector(bool logprobs, Func<Piece, bool> onPiece)
        {
            this.logprobs = logprobs;
            this.onPiece = onPiece;
        }

        internal override bool Token(dlgo_token_event* token)
        {
            if (token->text_len == UIntPtr.Zero && !logprobs) return true;
            Piece piece = new Piece(token);
            text.Append(piece.Text);
            if (logprobs) pieces.Add(piece);
            return onPiece == null || onPiece(piece);
        }

        internal Answer ToAnswer(Stats stats)
        {
            return new Answer(text.ToString(), stats, pieces);
        }
    }
}
