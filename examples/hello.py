"""hello.py [MODEL.gguf]: one question, one answer; without a model the demo model answers."""
import sys

import dlgo

with dlgo.LLM(*sys.argv[1:2]) as llm:
    print(llm.chat("What is the capital of France?", temperature=0))
