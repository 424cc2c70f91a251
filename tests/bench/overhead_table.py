"""What streaming through each binding costs more than through C.

overhead_table.py MODEL.gguf [--runs N] [--tokens N] NAME=COMMAND...    the first command is the reference

Each command gets MODEL and a number of tokens. The runs are interleaved; the processor time of a token is the difference between a long and a
short run, so that starting does not count, and what other processes do hardly does.
"""
import argparse
import resource
import shlex
import statistics
import subprocess


def processor_time(command):
    """User and system time of a process, in seconds, and the tokens per second that it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, float(done.stdout.split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("commands", nargs="+", metavar="NAME=COMMAND")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=2000)
    arguments = parser.parse_args()
    commands = {name: shlex.split(command) for name, command in (item.split("=", 1) for item in arguments.commands)}
    short = arguments.tokens // 10
    cost = {name: [] for name in commands}
    speed = {name: [] for name in commands}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            base, _ = processor_time([*command, arguments.model, str(short)])
            whole, tokens_per_second = processor_time([*command, arguments.model, str(arguments.tokens)])
            cost[name].append(1e6 * (whole - base) / (arguments.tokens - short))
            speed[name].append(tokens_per_second)
    reference = statistics.median(cost[next(iter(commands))])
    print("| | µs of processor time per token | over C | tokens/s |\n| --- | ---: | ---: | ---: |")
    for name in commands:
        median = statistics.median(cost[name])
        print(f"| {name} | {median:.1f} | {median - reference:+.1f} | {statistics.median(speed[name]):.0f} |")


if __name__ == "__main__":
    main()
