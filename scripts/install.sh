#!/bin/sh
# Makes .venv with the pinned requirements and the `interlock` command in it.
# Usage: scripts/install.sh VENV REQUIREMENTS
set -eu
venv=$1
requirements=$2

runs() { # a version manager's shim may exist and yet not run, so every candidate is executed
    command -v "$1" >/dev/null 2>&1 && "$1" -c "$2" >/dev/null 2>&1
}

recent='import sys; sys.exit(sys.version_info < (3, 11))'
if command -v uv >/dev/null 2>&1; then
    has_uv=yes
    wanted=$recent
else
    has_uv=no
    wanted="import ensurepip, venv; $recent" # Debian ships python3 without these two
fi

if ! runs "$venv/bin/python" "$recent"; then
    chosen=
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if runs "$candidate" "$wanted"; then
            chosen=$candidate
            break
        fi
    done
    if [ -z "$chosen" ]; then
        echo "interlock needs Python 3.11 or newer with the venv module, and none was found." >&2
        echo "Install one (on Debian or Ubuntu: python3 and python3-venv), then run make again." >&2
        exit 1
    fi
    rm -rf "$venv"
    if [ "$has_uv" = yes ]; then
        uv venv --quiet --python "$chosen" "$venv"
    else
        "$chosen" -m venv "$venv"
    fi
fi

python=$venv/bin/python
echo "Installing the pinned requirements into $venv ..."
if [ "$has_uv" = yes ]; then
    uv pip sync --quiet --python "$python" --require-hashes "$requirements"
    uv pip install --quiet --python "$python" --no-deps --no-build-isolation --editable .
else
    "$python" -c 'import pip' 2>/dev/null || "$python" -m ensurepip >/dev/null # uv makes a .venv without pip
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
fi
