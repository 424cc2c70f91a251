# The Python package as a wheel in a fresh virtual environment; sourced by tests/run.sh.
if [ ! -f pyproject.toml ]; then skip "no Python package yet"; fi
