#!/bin/sh
# Makes the virtual environment in $1 with the first Python >= 3.12 it finds (PYTHON overrides the search).
set -eu
venv=$1
new_enough() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }

python=
for candidate in "${PYTHON:-}" python3.12 python3.13 python3.14 python3 python \
    "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python /usr/local/bin/python3.1[2-9] /opt/homebrew/bin/python3.1[2-9] \
    "$(uv python find '>=3.12' 2>/dev/null || true)"; do
    if [ -n "$candidate" ] && new_enough "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    echo "clinnote needs Python 3.12 or newer with venv: install it (for example 'uv python install 3.12', 'pyenv install 3.12' or your system's python3.12-venv) and run make again." >&2
    exit 1
fi
[ -x "$venv/bin/python" ] && new_enough "$venv/bin/python" || { rm -rf "$venv"; "$python" -m venv "$venv"; }
echo "Setting up clinnote in $venv with $("$venv/bin/python" --version) ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[labelstudio,dev]'
# writes RTSTRUCT files for the tests; without its dependencies, which replace the OpenCV that is already there
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps rt-utils
# medspaCy only for the tests of its pipeline: one of its parts is built with a C compiler, which not every machine has
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[medspacy]' ||
    echo "medspaCy could not be installed (it needs a C compiler); the tests of its pipeline will be skipped." >&2
