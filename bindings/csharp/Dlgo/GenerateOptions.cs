using System;
using System.Collections.Generic;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>How an answer is generated. What is null has the library's default.</summary>
    public sealed class GenerateOptions
    {
        /// <summary>Tokens at most; default -1: until the model ends or the context is full.</summary>
        public int? MaxTokens { get; set; }

        /// <summary>Default 0.8; 0 = greedy.</summary>
        public float? Temperature { get; set; }

        /// <summary>Default 40; 0 = off.</summary>
        public int? TopK { get; set; }

        /// <summary>Default 0.95; 1 = off.</summary>
        public float? TopP { get; set; }

        /// <summary>Default 0.05; 0 = off.</summary>
        public float? MinP { get; set; }

        /// <summary>Default 1 = off.</summary>
        public float? RepetitionPenalty { get; set; }

        /// <summary>Default 0 = off.</summary>
        public float? PresencePenalty { get; set; }

        /// <summary>Default 0 = off.</summary>
        public float? FrequencyPenalty { get; set; }

        /// <summary>Tokens that the penalties look back at; default 64; -1 = all.</summary>
        public int? PenaltyLastN { get; set; }

        /// <summary>Default 0 = a new one each time.</summary>
        public ulong? Seed { get; set; }

        /// <summary>Strings that end the answer; they are not part of it.</summary>
        public IEnumerable<string> Stop { get; set; }

        /// <summary>Added to the logits of tokens; negative infinity forbids a token.</summary>
        public IEnumerable<KeyValuePair<int, float>> LogitBias { get; set; }

        /// <summary>GBNF with a rule "root".</summary>
        public string Grammar { get; set; }

        /// <summary>A JSON Schema, "{}" for any JSON; not together with a grammar.</summary>
        public string JsonSchema { get; set; }

        /// <summary>k: log probabilities of each token and its k best rivals, at most 20; default 0 = none.</summary>
        public int? Logprobs { get; set; }

        /// <summary>Special tokens spelled out in the prompt of Generate become tokens.</summary>
        public bool ParseSpecial { get; set; }

        /// <summary>End-of-generation tokens do not end the answer.</summary>
        public bool IgnoreEos { get; set; }

        /// <summary>How a conversation is rendered.</summary>
        public ChatOptions Chat { get; set; }

        internal unsafe dlgo_generate_options* ToNative(Arena arena)
        {
            dlgo_generate_options* native = (dlgo_generate_options*)arena.Allocate(sizeof(dlgo_generate_options));
            NativeMethods.dlgo_generate_options_init(native);
            native->max_tokens = MaxTokens ?? native->max_tokens;
            native->temperature = Temperature ?? native->temperature;
            native->top_k = TopK ?? native->top_k;
            native->top_p = TopP ?? native->top_p;
            native->min_p = MinP ?? native->min_p;
            native->repetition_penalty = RepetitionPenalty ?? native->repetition_penalty;
            native->presence_penalty = PresencePenalty ?? native->presence_penalty;
            native->frequency_penalty = FrequencyPenalty ?? native->frequency_penalty;
            native->penalty_last_n = PenaltyLastN ?? native->penalty_last_n;
            native->seed = Seed ?? native->seed;
            native->grammar = arena.Text(Grammar, nameof(Grammar));
            native->json_schema = arena.Text(JsonSchema, nameof(JsonSchema));
            native->logprobs = Logprobs ?? native->logprobs;
            native->parse_special = ParseSpecial ? 1 : 0;
            native->ignore_eos = IgnoreEos ? 1 : 0;
            if (Stop != null) SetStop(native, arena, new List<string>(Stop));
            if (LogitBias != null) SetBias(native, arena, new List<KeyValuePair<int, float>>(LogitBias));
            if (Chat != null) native->chat = Chat.ToNative(arena);
            return native;
        }

        private static unsafe void SetStop(dlgo_generate_options* native, Arena arena, List<string> stop)
        {
            byte** copy = (byte**)arena.Allocate(stop.Count * sizeof(byte*));
            for (int i = 0; i < stop.Count; i++) copy[i] = arena.Required(stop[i], nameof(Stop));
            native->stop = copy;
            native->n_stop = (UIntPtr)stop.Count;
        }

        private static unsafe void SetBias(dlgo_generate_options* native, Arena arena, List<KeyValuePair<int, float>> bias)
        {
            dlgo_logit_bias* copy = (dlgo_logit_bias*)arena.Allocate(bias.Count * sizeof(dlgo_logit_bias));
            for (int i = 0; i < bias.Count; i++)
            {
                copy[i].token = bias[i].Key;
                copy[i].bias = bias[i].Value;
            }
            native->logit_bias = copy;
            native->n_logit_bias = (UIntPtr)bias.Count;
        }
    }
}
