"""Byte-level BPE with the pre-tokenizer that GGUF files call "qwen2", for ASCII text: enough to train on our own corpus."""
import collections
import re

# The pattern of Qwen 2 with \\p{L} and \\p{N} written out for ASCII.
SPLIT = re.compile(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\nA-Za-z0-9]?[A-Za-z]+|[0-9]| ?[^\sA-Za-z0-9]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_alphabet():
    """GPT-2's printable stand-ins for the 256 bytes."""
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    out, extra = {}, 0
    for b in range(256):
        if b in keep:
            out[b] = chr(b)
        else:
            out[b] = chr(256 + extra)
            extra += 1
    return out


ALPHABET = byte_alphabet()
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def train(texts, n_vocab):
    """Merges (pairs of symbols), most frequent pair first."""
    counts = collections.Counter(w for text in texts for w in SPLIT.findall(text))
    words = [[ALPHABET[b] for b in w.encode()] for w in counts]
    weight = list(counts.values())
    pairs, where = collections.Counter(), collections.defaultdict(set)

    def count(i, sign):
        for pair in zip(words[i], words[i][1:]):
            pairs[pair] += sign * weight[i]
            if sign > 0:
                where[pair].add(i)

    for i in range(len(words)):
        count(i, 1)
    merges = []
    while len(merges) < n_vocab - 256 - len(SPECIAL):
        best, n = max(pairs.items(), key=lambda item: (item[1], item[0]))
        if n < 2:
            break
        merges.append(best)
        for i in where.pop(best):
            count(i, -1)
            old, new, k = words[i], [], 0
            while k < len(old):
                if k + 1 < len(old) and (old[k], old[k + 1]) == best:
                    new.append(old[k] + old[k + 1])
                    k += 2
                else:
                    new.append(old[k])
                    k += 1
            words[i] = new
            count(i, 1)
        pairs.pop(best, None)
    return merges


class Tokenizer:
    def __init__(self, merges):
        self.merges = merges
        self.rank = {pair: i for i, pair in enumerate(merges)}
        self.tokens = [ALPHABET[b] for b in range(256)] + [a + b for a, b in merges] + SPECIAL
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self.eot, self.start, self.end = (self.ids[s] for s in SPECIAL)
        self.cache = {}
        self.bytes_of = {c: b for b, c in ALPHABET.items()}

    def word(self, text):
        ids = self.cache.get(text)
        if ids is None:
            parts = [ALPHABET[b] for b in text.encode()]
            while len(parts) > 1:
                rank, k = min((self.rank.get(pair, 1 << 30), i) for i, pair in enumerate(zip(parts, parts[1:])))
                if rank == 1 << 30:
                    break
                parts[k:k + 2] = [parts[k] + parts[k + 1]]
            ids = self.cache[text] = [self.ids[p] for p in parts]
        return ids

    def encode(self, text):
        return [i for w in SPLIT.findall(text) for i in self.word(w)]

    def chat(self, messages, answer=True):
        """ChatML: (ids, 1 for each id that the model has to write). answer: the last message is the assistant's, else a prompt for it."""
        ids, own = [], []
        for role, text in messages:
            head = [self.start] + self.encode(role + "\n") if role == "assistant" else [self.start] + self.encode(role + "\n" + text)
            body = self.encode(text) + [self.end] if role == "assistant" else [self.end]
            ids += head + body + self.encode("\n")
            own += [0] * len(head) + [int(role == "assistant")] * len(body) + [0]
        if not answer:
            ids += [self.start] + self.encode("assistant\n")
        return ids, own

    def decode(self, ids):
        text = "".join(self.tokens[i] for i in ids if self.tokens[i] not in SPECIAL)
        return bytes(self.bytes_of[c] for c in text).decode("utf-8", "replace")
