"""The layout of public structs by the rules of ctypes equals the committed one, and the library has every function of the header."""

import ctypes
import re
from pathlib import Path

import pytest

import dlgo

ROOT = Path(__file__).parents[2]
HEADER = re.sub(r"/\*.*?\*/", "", (ROOT / "include/dlgo.h").read_text(), flags=re.S)
SCALARS = {
    "char": ctypes.c_char, "float": ctypes.c_float, "double": ctypes.c_double, "size_t": ctypes.c_size_t,
    "int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32, "uint64_t": ctypes.c_uint64,
}
BODIES = re.findall(r"typedef struct (dlgo_\w+) \{(.*?)\} \1;", HEADER, flags=re.S)


def field(declaration):
    kind, pointer, name, count = re.fullmatch(r"(?:const )?(\w+)\s*((?:\*\s*(?:const\s*)?)*)(\w+)(?:\[(\d+)\])?", declaration).groups()
    ctype = ctypes.c_void_p if pointer or kind.endswith("_callback") else SCALARS[kind]
    return name, ctype * int(count) if count else ctype


def expected():
    lines = (ROOT / "tests/abi/layout.txt").read_text().split("\n")
    return {line.split()[0]: tuple(map(int, line.split()[1:])) for line in lines if line and not line.startswith("struct")}


@pytest.mark.parametrize("name, body", BODIES, ids=[name for name, _ in BODIES])
def test_layout(name, body):
    fields = [field(" ".join(line.split())) for line in body.split(";") if line.strip()]
    struct = type(name, (ctypes.Structure,), {"_fields_": fields})
    known = {key: value for key, value in expected().items() if key.startswith(name + ".")}
    assert known
    for key, value in known.items():
        descriptor = getattr(struct, key.split(".")[1])
        assert (descriptor.offset, descriptor.size) == value, key


def test_namespace():
    modules = {"cli"}  # once it has been imported
    assert {name for name in dir(dlgo) if not name.startswith("_")} - modules == {name for name in dlgo.__all__ if not name.startswith("_")}


def test_functions():
    library = ctypes.CDLL(str(Path(dlgo.__file__).with_name("libdlgo.so.1")))
    names = re.findall(r"^DLGO_API[^;]*?\b(dlgo_\w+)\s*\(", HEADER, flags=re.M)
    assert len(names) > 30
    for name in names:
        assert hasattr(library, name), name
