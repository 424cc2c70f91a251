"""The dlgo command."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence, Tuple

import dlgo
from dlgo import _dlgo


class ProgressBar:
    """On standard error while a model loads, where that is a terminal."""

    WIDTH = 30

    def __init__(self) -> None:
        self.shown = -1
        self.enabled = sys.stderr.isatty()

    def __call__(self, fraction: float) -> None:
        percent = int(100 * fraction)
        if self.enabled and percent != self.shown:
            self.shown = percent
            filled = self.WIDTH * percent // 100
            print(f"\rloading [{'#' * filled}{'.' * (self.WIDTH - filled)}] {percent:3d}%", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.shown >= 0:
            print("\r" + " " * (self.WIDTH + 16) + "\r", end="", file=sys.stderr, flush=True)


def size(n: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n < 1024 or unit == "GiB":
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.1f} {unit}"
        n /= 1024
    return ""


def table(rows: Sequence[Tuple[str, ...]], indent: str = "  ") -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    for row in rows:
        print(indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def is_model(argument: str) -> bool:
    return argument.endswith((".gguf", ".bin")) or os.path.exists(argument)


def model_options(args: argparse.Namespace) -> Dict[str, Any]:
    names = ("device", "gpu_layers", "threads", "isa")
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}


def load(args: argparse.Namespace) -> dlgo.LLM:
    bar = ProgressBar()
    try:
        return dlgo.LLM(args.model, context=args.context, kv=args.kv, progress=bar, **model_options(args))
    finally:
        bar.clear()


def generate_options(args: argparse.Namespace) -> Dict[str, Any]:
    names = ("max_tokens", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "seed", "stop", "grammar", "json_schema")
    options = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    for name in ("grammar", "json_schema"):
        if options.get(name, "").startswith("@"):
            with open(options[name][1:], encoding="utf-8") as file:
                options[name] = file.read()
    return options


def say(stream: dlgo.Stream, stats: bool) -> str:
    """Prints pieces as they come; Ctrl-C ends the answer, not the program."""
    text: List[str] = []
    try:
        for piece in stream:
            text.append(piece)
            print(piece, end="", flush=True)
    except KeyboardInterrupt:
        print(" [stopped]", end="")
    print()
    if stats and stream.stats:
        s = stream.stats
        prefill = s.prompt_tokens - s.cached_tokens
        print(f"[{prefill} prompt tokens in {s.prompt_ms:.0f} ms, {s.cached_tokens} cached; {s.generated_tokens} tokens in "
              f"{s.generate_ms:.0f} ms ({1e3 * s.generated_tokens / max(s.generate_ms, 1e-3):.1f}/s); {s.stop_reason}]", file=sys.stderr)
    return "".join(text)


def chat(args: argparse.Namespace) -> int:
    llm = load(args)
    options = generate_options(args)
    messages: List[dlgo.Message] = [{"role": "system", "content": args.system}] if args.system else []
    if args.prompt is not None:
        messages.append({"role": "user", "content": args.prompt})
        say(llm.chat(messages, stream=True, **options), args.stats)
        return 0
    interactive = sys.stdin.isatty()
    if interactive:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  line editing and history in input()
        print(f"{llm.info.name or llm.info.architecture} on {llm.info.device}. /reset begins anew, /exit or Ctrl-D ends, Ctrl-C stops an answer.")
    start = list(messages)
    while True:
        try:
            question = input("> " if interactive else "").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return 0
        if question in ("/exit", "/quit"):
            return 0
        if question == "/reset":
            messages = list(start)
        elif question:
            messages.append({"role": "user", "content": question})
            try:
                answer = say(llm.chat(messages, stream=True, **options), args.stats)
            except dlgo.ContextFullError as error:
                print(f"dlgo: {error} (/reset begins anew)", file=sys.stderr)
                messages.pop()
                continue
            messages.append({"role": "assistant", "content": answer})


def run(args: argparse.Namespace) -> int:
    llm = load(args)
    prompt = sys.stdin.read() if args.prompt is None else args.prompt
    say(llm.generate(prompt, stream=True, **generate_options(args)), args.stats)
    return 0


def info(args: argparse.Namespace) -> int:
    llm = dlgo.LLM(args.model, vocab_only=True)
    model = llm.info
    print("model")
    table([
        ("file", llm.path), ("name", model.name), ("architecture", model.architecture), ("parameters", f"{model.parameters:,}"),
        ("active per token", f"{model.active_parameters:,}"), ("layers", str(model.layers)), ("embedding", str(model.embedding_length)),
        ("vocabulary", str(model.vocab_size)), ("context", str(model.context_length)),
        ("chat template", "yes" if model.has_chat_template else "no (ChatML is used)"),
    ])
    print("\nmetadata")
    limit = None if args.full else 72
    table([(key, value if limit is None or len(value) <= limit else value[:limit] + "...")
           for key, value in ((k, v.replace("\n", "\\n")) for k, v in llm.metadata.items())] or [("(none)",)])
    counts: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for tensor in llm.tensors:
        counts[tensor.type] += 1
        totals[tensor.type] += tensor.bytes
    if counts:
        print("\ntensors")
        table([("type", "count", "bytes")] + [(name, str(counts[name]), size(totals[name])) for name, _ in totals.most_common()])
    plan = dlgo.estimate(llm.path, **model_options(args), **({"max_context": args.context} if args.context else {}))
    print(f"\nmemory plan ({plan.gpu_layers} of {plan.layers} layers on a GPU, device {plan.device})")
    table([("", "host", "device"), ("weights", size(plan.host_weights), size(plan.device_weights)),
           ("of them copied", size(plan.host_repacked), size(0)), ("state of a session", size(plan.host_state), size(plan.device_state)),
           ("scratch of a session", size(plan.host_scratch), size(plan.device_scratch))])
    return 0


def bench(args: argparse.Namespace) -> int:
    options = {"prompt": args.p, "generate": args.n, "repeat": args.r, "depth": args.depth, **model_options(args)}
    print(_dlgo.bench(args.model or dlgo.demo_model(), options, args.json).rstrip("\n"))
    return 0


def devices(args: argparse.Namespace) -> int:
    rows = [("name", "type", "memory", "free", "product", "features")]
    for device in dlgo.devices():
        free = size(device.memory_free) if device.memory_free else "?"
        rows.append((device.name, device.type, size(device.memory_total), free, device.description, device.features))
    table(rows, "")
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="dlgo", description="Runs GGUF language models. Without MODEL, the bundled demo model.")
    top.add_argument("--version", action="version", version=f"dlgo {dlgo.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    hardware = argparse.ArgumentParser(add_help=False)
    hardware.add_argument("--device", help="auto, cpu, vulkan, vulkan:N")
    hardware.add_argument("--gpu-layers", type=int, help="layers on the GPU (as many as fit)")
    hardware.add_argument("-t", "--threads", type=int, help="CPU threads (one per physical core)")
    hardware.add_argument("--isa", help="CPU kernels: scalar, avx2, avxvnni, avx512vnni, amx")

    context = argparse.ArgumentParser(add_help=False)
    context.add_argument("-c", "--context", type=int, default=0, help="tokens of context (what the model was trained for)")
    context.add_argument("--kv", choices=("f16", "f32"), default="f16", help="type of the key/value cache")

    sampling = argparse.ArgumentParser(add_help=False)
    sampling.add_argument("-n", "--max-tokens", type=int, help="tokens of answer at most")
    sampling.add_argument("--temperature", type=float, help="0 = greedy (0.8)")
    sampling.add_argument("--top-k", type=int)
    sampling.add_argument("--top-p", type=float)
    sampling.add_argument("--min-p", type=float)
    sampling.add_argument("--repetition-penalty", type=float)
    sampling.add_argument("--seed", type=int)
    sampling.add_argument("--stop", action="append", help="text that ends the answer; may be repeated")
    sampling.add_argument("--grammar", help="GBNF, or @FILE")
    sampling.add_argument("--json-schema", help="JSON Schema, or @FILE")
    sampling.add_argument("--stats", action="store_true", help="counts and times after each answer")

    command = commands.add_parser("chat", parents=[hardware, context, sampling], help="talk; one answer if there is a PROMPT")
    command.add_argument("model", nargs="?", metavar="MODEL")
    command.add_argument("prompt", nargs="?", metavar="PROMPT")
    command.add_argument("-s", "--system", help="system message")
    command.set_defaults(function=chat)

    command = commands.add_parser("run", parents=[hardware, context, sampling], help="continue PROMPT (standard input) as it is")
    command.add_argument("model", nargs="?", metavar="MODEL")
    command.add_argument("prompt", nargs="?", metavar="PROMPT")
    command.set_defaults(function=run)

    command = commands.add_parser("info", parents=[hardware, context], help="metadata, tensors by type, memory plan")
    command.add_argument("model", nargs="?", metavar="MODEL")
    command.add_argument("--full", action="store_true", help="metadata at full length")
    command.set_defaults(function=info)

    command = commands.add_parser("bench", parents=[hardware], help="tokens per second of prefill and decode")
    command.add_argument("model", nargs="?", metavar="MODEL")
    command.add_argument("-p", type=int, default=512, help="tokens of prefill (512)")
    command.add_argument("-n", type=int, default=128, help="tokens of decode (128)")
    command.add_argument("-r", type=int, default=5, help="repetitions (5)")
    command.add_argument("--depth", type=int, default=0, help="tokens in the context beforehand (0)")
    command.add_argument("--json", action="store_true", help="one JSON object")
    command.set_defaults(function=bench)

    command = commands.add_parser("devices", help="what models can run on")
    command.set_defaults(function=devices)
    return top


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = parser().parse_args(argv)
    if getattr(args, "prompt", None) is None and getattr(args, "model", None) is not None and hasattr(args, "prompt"):
        if not is_model(args.model):  # `dlgo chat "Hello"` asks the demo model
            args.model, args.prompt = None, args.model
    try:
        return int(args.function(args))
    except dlgo.Error as error:
        print(f"dlgo: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # no second error when Python flushes at exit
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
