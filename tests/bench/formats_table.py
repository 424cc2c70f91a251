#!/usr/bin/env python3
"""Decode and prefill speed of models that differ in their tensor type only, as a table for docs/quantization.md.

    formats_table.py build/release/tools/dlgo-bench Q8_0=q8.gguf Q4_K=q4.gguf ...

Processor time of one thread, the least of three runs: what other programs do on the machine matters little. The first model is the measure
of the others.
"""
import os
import resource
import subprocess
import sys


def processor_time(bench, model, prompt, generate):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([bench, model, "-p", str(prompt), "-n", str(generate), "-r", "1", "-t", "1", "--device", "cpu", "--json"],
                   stdout=subprocess.DEVNULL, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def least(bench, model, few, many):
    return min(processor_time(bench, model, *many) - processor_time(bench, model, *few) for _ in range(3)) / (sum(many) - sum(few))


def main():
    bench, *models = sys.argv[1:]
    first = None
    print("| type | size | GB/s | decode | prefill |\n| --- | ---: | ---: | ---: | ---: |")
    for name, path in (m.split("=", 1) for m in models):
        size = os.path.getsize(path)
        decode, prefill = least(bench, path, (0, 2), (0, 26)), least(bench, path, (16, 0), (80, 0))
        first = first or (size, decode, prefill)
        print("| `%s` | %.2f | %.1f | %.2f | %.2f |" % (name, size / first[0], size / decode / 1e9, first[1] / decode, first[2] / prefill), flush=True)


main()
