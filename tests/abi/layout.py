"""Sizes and field offsets of every struct of dlgo.h, as the C compiler lays them out.

layout.py HEADER              prints the table: "struct NAME SIZE" and "NAME.FIELD OFFSET SIZE"
layout.py HEADER --check FILE exits with 1 when the table breaks the one in FILE: structs may only grow at their end
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def structs(header):
    text = re.sub(r"/\*.*?\*/", "", Path(header).read_text(), flags=re.S)
    for name, body in re.findall(r"typedef struct (dlgo_\w+) \{(.*?)\} \1;", text, flags=re.S):
        fields = [re.search(r"(\w+)\s*(?:\[\w+\])?$", line.strip()).group(1) for line in body.split(";") if line.strip()]
        yield name, fields


def table(header):
    lines = ["#include <stdio.h>", f'#include "{Path(header).resolve()}"', "int main(void) {"]
    for name, fields in structs(header):
        lines.append(f'printf("struct {name} %zu\\n", sizeof({name}));')
        for field in fields:
            lines.append(f'printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));')
    lines.append("return 0; }")
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "layout.c"), Path(folder, "layout")
        source.write_text("\n".join(lines))
        subprocess.run(["cc", "-std=c11", str(source), "-o", str(program)], check=True)
        return subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout


def breaks(old, new):
    now = {line.split()[0 if "." in line else 1]: line.split() for line in new.splitlines()}
    for line in old.splitlines():
        words = line.split()
        if words[0] == "struct":
            size = int(now[words[1]][2]) if words[1] in now else -1
            if size < int(words[2]):
                yield f"{words[1]}: size {size}, was {words[2]}"
        elif now.get(words[0]) != words:
            yield f"{words[0]}: {now.get(words[0], ['gone'])[1:]}, was {words[1:]}"


def main():
    new = table(sys.argv[1])
    if len(sys.argv) == 2:
        print(new, end="")
        return 0
    problems = list(breaks(Path(sys.argv[3]).read_text(), new))
    print("\n".join(problems) or "unchanged")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
