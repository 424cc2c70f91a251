"""overhead.py MODEL.gguf N: tokens per second of N greedy tokens, each as a piece of a stream, as overhead.c does in C."""
import sys
import time

import dlgo


def main(model, n):
    llm = dlgo.LLM(model, device="cpu", threads=1)
    options = {"temperature": 0, "ignore_eos": True, "max_tokens": n, "logit_bias": {llm.info.eos_token: float("-inf")}}  # it has no text
    pieces = size = 0
    with llm.session(context=n + 64) as session:
        start = time.perf_counter()
        for piece in session.generate("Once upon a time", stream=True, **options):
            pieces += 1
            size += len(piece)
        elapsed = time.perf_counter() - start
    print(f"{n / elapsed:.1f} tokens/s ({n} tokens, {pieces} pieces, {size} characters)")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
