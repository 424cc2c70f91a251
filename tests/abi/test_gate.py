"""The ABI check itself: what only adds to dlgo.h passes, what breaks programs fails. Libraries of empty functions stand for the real one.

test_gate.py HEADER
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

ADDITIONS = {
    "a function": ("#ifdef __cplusplus\n}", "DLGO_API int32_t dlgo_new(const dlgo_llm *llm);\n#ifdef __cplusplus\n}"),
    "a field at the end": ("} dlgo_session_options;", "    uint64_t new_field;\n} dlgo_session_options;"),
    "a field at the end of a struct behind a pointer": ("} dlgo_chat_options;", "    const char *new_field;\n} dlgo_chat_options;"),
    "a struct": ("#ifdef __cplusplus\n}", "typedef struct dlgo_more { int32_t a; } dlgo_more;\nDLGO_API void dlgo_new(dlgo_more *m);\n#ifdef __cplusplus\n}"),
}
BREAKS = {
    "a function gone": ("DLGO_API void dlgo_session_cancel(dlgo_session *session);", ""),
    "a parameter more": ("dlgo_session_truncate(dlgo_session *session, size_t n_keep)", "dlgo_session_truncate(dlgo_session *session, size_t n_keep, int x)"),
    "a parameter less": ("dlgo_session_truncate(dlgo_session *session, size_t n_keep)", "dlgo_session_truncate(dlgo_session *session)"),
    "a parameter's type": ("dlgo_session_truncate(dlgo_session *session, size_t n_keep)", "dlgo_session_truncate(dlgo_session *session, int32_t n_keep)"),
    "a result's type": ("DLGO_API uint32_t dlgo_abi_version", "DLGO_API uint64_t dlgo_abi_version"),
    "a field in the middle": ("    uint32_t n_ubatch;", "    uint32_t new_field;\n    uint32_t n_ubatch;"),
    "a field gone from the middle": ("    uint64_t bytes;\n", ""),
    "a field gone from the end": ("    double load_ms;", ""),
    "a field's size": ("    char name[128];", "    char name[256];"),
    "a field's type, same size": ("    float top_p;", "    int32_t top_p;"),
    "a field's sign": ("    uint32_t n_dims;", "    int32_t n_dims;"),
    "a field's name": ("    uint32_t n_dims;", "    uint32_t rank;"),
    "two fields exchanged": ("    int32_t token;\n    float bias;", "    float bias;\n    int32_t token;"),
    "a callback's parameter": ("dlgo_token_event *event, void *user_data);\n\n#define DLGO_STOP", "dlgo_token_event *event);\n\n#define DLGO_STOP"),
}


def library(header, folder):
    """A library that defines every function of a header, and that header alone in a folder."""
    folder.mkdir()
    (folder / "dlgo.h").write_text(header)
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    bodies = []
    for result, name, parameters in re.findall(r"^DLGO_API\s+([^;(]*?)(dlgo_\w+)\s*\(([^;]*)\);", text, flags=re.M):
        bodies.append(f"{result} {name}({parameters}) {{ {'' if result.strip() == 'void' else 'return 0;'} }}")
    source = folder / "stub.c"
    source.write_text('#include "dlgo.h"\n' + "\n".join(bodies))
    out = folder / "libdlgo.so.1"
    subprocess.run(["gcc", "-w", "-g", "-shared", "-fPIC", "-Wl,-soname,libdlgo.so.1", str(source), "-o", str(out)], check=True)
    return out


def main():
    header = Path(sys.argv[1]).read_text()
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        first = library(header, root / "first")
        baseline = root / "baseline.abi"
        with baseline.open("w") as file:
            subprocess.run([HERE / "abidw.sh", first, first.parent], stdout=file, check=True)
        cases = [("nothing", None, True)] + [(n, c, True) for n, c in ADDITIONS.items()] + [(n, c, False) for n, c in BREAKS.items()]
        for i, (name, change, passes) in enumerate(cases):
            changed = header.replace(*change, 1) if change else header
            assert change is None or changed != header, name
            new = library(changed, root / str(i))
            done = subprocess.run([HERE / "compatible.sh", baseline, new, new.parent], capture_output=True, text=True)
            good = (done.returncode == 0) == passes
            print(f"{'ok    ' if good else 'WRONG '} {name}: {'passes' if done.returncode == 0 else 'fails'}")
            if not good:
                wrong += 1
                print(done.stdout + done.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
