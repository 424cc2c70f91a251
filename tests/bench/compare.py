#!/usr/bin/env python3
"""Speed against other engines on the same files.

    compare.py --peer PATH_TO_LLAMA_BENCH [--peer ...] MODEL.gguf... [--bench build/release/tools/dlgo-bench]
               [-p 256] [-n 32] [-r 5] [-t 2] [-d 0] [--isa NAME] [--markdown OUT.md] [--chart OUT.png] [--peer-args '-fa 1']

Runs take turns, one repetition of each engine after the other, so that a slow spell of the machine hits all of them. The table has
the medians of tokens per second and dlgo's ratio to the fastest peer. A chart needs matplotlib; without it only the table is made.
"""
import argparse
import json
import os
import re
import shlex
import statistics
import subprocess
import sys


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit("%s\n%s" % (shlex.join(command), done.stderr[-2000:]))
    return done.stdout


def run_dlgo(args, model):
    command = [args.bench, model, "--device", "cpu", "-r", "1", "-t", str(args.threads), "-p", str(args.prompt), "-n", str(args.generate)]
    if args.depth:
        command += ["--depth", str(args.depth)]
    if args.isa:
        command += ["--isa", args.isa]
    text = run(command)
    speed = {name: float(m.group(1)) for name in ("prefill", "decode") if (m := re.search(name + r"\s+\d+ tokens\s+([\d.]+)", text))}
    memory = re.search(r"([\d.]+) MB of weights a token.*main memory reads at ([\d.]+) GB/s", text)
    if memory and "decode" in speed:
        speed["ceiling"] = float(memory.group(2)) * 1000 / float(memory.group(1))
    return speed


def run_peer(args, peer, model):
    command = [peer, "-m", model, "-p", str(args.prompt), "-n", str(args.generate), "-t", str(args.threads), "-r", "1", "-o", "json"]
    if args.depth:
        command += ["-d", str(args.depth)]
    text = run(command + shlex.split(args.peer_args))
    speed = {}
    for test in json.loads(text[text.index("["):]):
        speed["decode" if test["n_gen"] else "prefill"] = test["avg_ts"]
    return speed


def names_of(peers):
    """The last folder that tells the peers apart."""
    parts = [os.path.abspath(p).split(os.sep) for p in peers]
    common = len(os.path.commonprefix(parts)) if len(parts) > 1 else 0
    skip = ("build", "bin", "llama-bench")
    return [next((x for x in (p[common:] if common else p[::-1]) if x not in skip), p[-1]) for p in parts]


def measure(args, model, peers):
    engines = [("dlgo", lambda: run_dlgo(args, model))]
    engines += [(name, lambda path=path: run_peer(args, path, model)) for name, path in peers]
    values = {}
    for i in range(args.repeat):
        for name, one in engines if i % 2 == 0 else reversed(engines):
            for phase, speed in one().items():
                values.setdefault((name, phase), []).append(speed)
        print("%s: repetition %d of %d" % (os.path.basename(model), i + 1, args.repeat), file=sys.stderr)
    return {key: statistics.median(v) for key, v in values.items()}


def table(results, peers, phases):
    head = ["model", "phase", "dlgo"] + [name for name, _ in peers] + ["ratio to the best peer", "of the read ceiling"]
    lines = ["| " + " | ".join(head) + " |", "| --- | --- |" + " ---: |" * (len(head) - 2)]
    for model, speed in results.items():
        for phase in phases:
            if ("dlgo", phase) not in speed:
                continue
            own, others = speed["dlgo", phase], [speed.get((name, phase)) for name, _ in peers]
            best = max((x for x in others if x), default=None)
            ceiling = speed.get(("dlgo", "ceiling"))
            cells = [model, phase, "%.1f" % own] + ["%.1f" % x if x else "" for x in others]
            cells.append("%.2f" % (own / best) if best else "")
            cells.append("%.0f%%" % (100 * own / ceiling) if phase == "decode" and ceiling else "")
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def chart(results, peers, phases, path):
    try:
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        print("no chart: matplotlib is not installed", file=sys.stderr)
        return
    names = ["dlgo"] + [name for name, _ in peers]
    figure, axes = plt.subplots(1, len(phases), figsize=(7 * len(phases), 1 + 0.3 * len(names) * len(results) + 1), squeeze=False)
    for axis, phase in zip(axes[0], phases):
        for j, name in enumerate(names):
            at = [i + (j - (len(names) - 1) / 2) * 0.8 / len(names) for i in range(len(results))]
            axis.barh(at, [speed.get((name, phase), 0) for speed in results.values()], 0.8 / len(names), label=name)
        axis.set_yticks(range(len(results)), list(results))
        axis.invert_yaxis()
        axis.set_xlabel(phase + ", tokens/s")
    axes[0][-1].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--peer", action="append", default=[], metavar="PATH_TO_LLAMA_BENCH")
    parser.add_argument("--peer-args", default="", help="more options for the peers")
    parser.add_argument("--bench", default="build/release/tools/dlgo-bench")
    parser.add_argument("-p", "--prompt", type=int, default=256)
    parser.add_argument("-n", "--generate", type=int, default=32)
    parser.add_argument("-r", "--repeat", type=int, default=5)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-d", "--depth", type=int, default=0, help="tokens in the context beforehand")
    parser.add_argument("--isa", help="dlgo's kernels: avx2, avxvnni, avx512vnni, amx")
    parser.add_argument("--markdown", metavar="FILE")
    parser.add_argument("--chart", metavar="FILE.png")
    args = parser.parse_args()

    peers = list(zip(names_of(args.peer), args.peer))
    phases = [phase for phase, n in (("prefill", args.prompt), ("decode", args.generate)) if n > 0]
    results = {}
    for model in args.models:
        results[os.path.basename(model).removesuffix(".gguf")] = measure(args, model, peers)
    text = table(results, peers, phases)
    print(text)
    if args.markdown:
        with open(args.markdown, "w") as out:
            out.write(text + "\n")
    if args.chart:
        chart(results, peers, phases, args.chart)


if __name__ == "__main__":
    main()
