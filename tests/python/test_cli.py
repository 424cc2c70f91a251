import json
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import QUESTION


def dlgo_command(*args, stdin=""):
    return subprocess.run([sys.executable, "-m", "dlgo", *args], input=stdin, capture_output=True, text=True, timeout=300)


def test_hello_example(model_path):
    example = Path(__file__).parents[2] / "examples/hello.py"
    assert len(example.read_text().splitlines()) <= 10
    done = subprocess.run([sys.executable, example, model_path], capture_output=True, text=True, timeout=300)
    assert done.stdout == "The capital of France is Paris.\n", done.stderr


def test_chat_once(model_path):
    done = dlgo_command("chat", model_path, QUESTION, "--temperature", "0", "--device", "cpu")
    assert done.returncode == 0 and "Paris" in done.stdout, done.stderr


def test_chat_from_standard_input(model_path):
    done = dlgo_command("chat", model_path, "--temperature", "0", stdin=f"{QUESTION}\n/reset\nWhat is the capital of Italy?\n/exit\n")
    assert done.returncode == 0 and "Paris" in done.stdout and "Rome" in done.stdout, done.stderr


def test_run(model_path):
    done = dlgo_command("run", model_path, "The capital of", "--temperature", "0", "-n", "4")
    assert done.returncode == 0 and done.stdout.strip(), done.stderr


def test_info(model_path):
    done = dlgo_command("info", model_path)
    assert done.returncode == 0, done.stderr
    for heading in ("model", "metadata", "tensors", "memory plan"):
        assert f"\n{heading}" in "\n" + done.stdout


def test_bench(model_path):
    done = dlgo_command("bench", model_path, "-p", "16", "-n", "4", "-r", "2", "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["prefill_tps"] > 0 and result["decode_tps"] > 0 and len(result["decode_tps_all"]) == 2


def test_devices():
    done = dlgo_command("devices")
    assert done.returncode == 0 and "cpu" in done.stdout, done.stderr


@pytest.mark.parametrize("arguments", [("chat", "missing.gguf", "Hello"), ("info", "missing.gguf")])
def test_errors_are_one_line(arguments):
    done = dlgo_command(*arguments)
    assert done.returncode == 1 and done.stderr.startswith("dlgo: ") and done.stderr.count("\n") == 1
