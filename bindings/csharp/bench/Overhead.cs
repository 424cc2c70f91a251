using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using Dlgo;

/// <summary>overhead MODEL.gguf N [callback|stream]: tokens per second of N greedy tokens, as tests/bench/overhead.c does; each piece through a
/// callback or out of an AnswerStream.</summary>
internal static class Overhead
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("usage: overhead MODEL.gguf N [callback|stream]");
            return 1;
        }
        int n = int.Parse(arguments[1]);
        bool streamed = arguments.Length > 2 && arguments[2] == "stream";
        using (Llm llm = new Llm(arguments[0], new LlmOptions { Device = "cpu", Threads = 1 }))
        using (Session session = llm.NewSession(new SessionOptions { Context = (uint)n + 64 }))
        {
            GenerateOptions options = new GenerateOptions { Temperature = 0, IgnoreEos = true, MaxTokens = n };
            options.LogitBias = new Dictionary<int, float> { { llm.Info.EosToken, float.NegativeInfinity } }; // it has no text
            long pieces = 0, characters = 0;
            Stats stats;
            Stopwatch watch = Stopwatch.StartNew();
            if (streamed)
            {
                AnswerStream stream = session.GenerateStream("Once upon a time", options);
                foreach (string piece in stream)
                {
                    pieces++;
                    characters += piece.Length;
                }
                stats = stream.Stats;
            }
            else
            {
                stats = session.Generate("Once upon a time", piece =>
                {
                    pieces++;
                    characters += piece.Text.Length;
                    return true;
                }, options).Stats;
            }
            Console.WriteLine(string.Format(CultureInfo.InvariantCulture, "{0:0.0} tokens/s ({1} tokens, {2} pieces, {3} characters)",
                stats.GeneratedTokens / watch.Elapsed.TotalSeconds, stats.GeneratedTokens, pieces, characters));
        }
        return 0;
    }
}
