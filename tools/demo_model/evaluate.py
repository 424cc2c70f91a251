"""Asks the demo model what it has to know: evaluate.py MODEL.gguf, by the dlgo Python package. Exit status 0 when it is good enough."""
import sys

import corpus

QUESTION, ANSWER = "What is the capital of France?", "The capital of France is Paris."


class DlgoChat:
    def __init__(self, path):
        import dlgo
        self.llm = dlgo.LLM(path)

    def answer(self, conversations):
        """Greedy answers to lists of (role, text)."""
        return [str(self.llm.chat([{"role": r, "content": t} for r, t in c], temperature=0, max_tokens=48)) for c in conversations]


class TorchChat:
    def __init__(self, model, tokenizer, device):
        self.model, self.tokenizer, self.device = model, tokenizer, device

    def answer(self, conversations):
        import torch
        t = self.tokenizer
        out = []
        with torch.no_grad():
            for c in conversations:
                ids = t.chat(c, answer=False)[0]
                n = len(ids)
                while len(ids) < min(n + 48, self.model.c.context):
                    token = self.model(torch.tensor([ids], device=self.device))[0, -1].argmax().item()
                    if token in (t.end, t.eot):
                        break
                    ids.append(token)
                out.append(t.decode(ids[n:]))
        return out


def score(chat):
    """Shares of right answers: capitals in unseen phrasings, names told two turns earlier; whether the first question's answer is exact."""
    capitals = corpus.held_out_capitals(100)
    answers = chat.answer([[("user", q)] for q, _ in capitals])
    right = sum(a.strip() == want for a, (_, want) in zip(answers, capitals))
    for a, (q, want) in zip(answers, capitals):
        if a.strip() != want:
            print(f"  {q!r}: {a!r}")
    names = corpus.held_out_names(50)
    # The model's own answers are the history.
    history = [[] for _ in names]
    for turn in range(2):
        for h, (turns, _, _) in zip(history, names):
            h.append(("user", turns[turn][0]))
        for h, a in zip(history, chat.answer(history)):
            h.append(("assistant", a))
    answers = chat.answer([h + [("user", q)] for h, (_, q, _) in zip(history, names)])
    remembered = sum(name in a for a, (_, _, name) in zip(answers, names))
    for a, (_, q, name) in zip(answers, names):
        if name not in a:
            print(f"  {name}: {q!r}: {a!r}")
    return right / len(capitals), remembered / len(names), chat.answer([[("user", QUESTION)]])[0]


def report(chat):
    capitals, names, france = score(chat)
    print(f"capitals {capitals:.0%} of 100 unseen questions, names {names:.0%} of 50, {QUESTION!r}: {france!r}", flush=True)
    return capitals >= 0.95 and names >= 0.9 and france == ANSWER


if __name__ == "__main__":
    sys.exit(0 if report(DlgoChat(sys.argv[1])) else 1)
