# The Python package as a wheel in a fresh virtual environment; sourced by tests/run.sh.
venv=$PWD/build/venv
wheels=$PWD/build/wheels
python_tools() {
    [ "$(cat "$venv/made-by" 2>/dev/null)" = "$(python3 --version)" ] && return
    rm -rf "$venv" && python3 -m venv "$venv" &&
        "$venv/bin/pip" install -q --disable-pip-version-check pytest numpy mypy typing_extensions && python3 --version >"$venv/made-by"
}
wheel() { rm -rf "$wheels" && tools/wheels.sh -o "$wheels" python3; }
# An empty PATH: installing the wheel needs no compiler and no build tool.
install_wheel() { PATH=/nonexistent "$venv/bin/pip" install -q --disable-pip-version-check --no-deps --force-reinstall "$wheels"/dlgo-*.whl; }

if check "virtual environment" python_tools && check "wheel, repaired by auditwheel" wheel && check "pip install of the wheel" install_wheel; then
    check "type annotations (mypy --strict)" "$venv/bin/mypy"
    # From another folder, so that the installed package is the one that is tested.
    installed=$(cd build && "$venv/bin/python" -c 'import os, dlgo; print(os.path.dirname(dlgo.__file__))')
    (cd build && "$venv/bin/python" -m pytest -q -p no:cacheprovider --rootdir "$PWD/.." -c ../pyproject.toml --doctest-modules \
        --ignore="$installed/__main__.py" --junit-xml "$logs/pytest.xml" ../tests/python "$installed" >"$logs/pytest.log" 2>&1)
    status=$?
    tail -1 "$logs/pytest.log" | sed 's/^/   /'
    if [ -s "$logs/pytest.xml" ]; then junit "$logs/pytest.xml"; fi
    if [ $status -ne 0 ]; then
        tail -60 "$logs/pytest.log"
        if [ ! -s "$logs/pytest.xml" ]; then failed=$((failed + 1)); fi
    fi
fi
