#!/usr/bin/env bash
# Makes a virtual environment that has torch beside Pith, from a lock that has all but torch: every wheel is checked
# against its hash, except torch itself, whose builds differ by machine. Installs torch without what it names as its
# dependencies, since on Linux those are gigabytes of CUDA; where the index offers only the CUDA build, see below.
set -euo pipefail
venv=${1:?usage: setup-torch.sh VENV LOCK}
lock=${2:?usage: setup-torch.sh VENV LOCK}
torch="torch==2.13.0"
cd "$(dirname "$0")"
unset PYTHONDONTWRITEBYTECODE

echo "setup: making $venv (about two minutes the first time)"
start=$SECONDS
rm -f "$venv"/.setup-*
base=.venv/bin/python
if command -v uv >/dev/null; then
    # Where pip is told of a folder with wheels, uv looks there too.
    found=${PIP_FIND_LINKS:-$($base -m pip config get global.find-links 2>/dev/null || true)}
    export UV_FIND_LINKS=${UV_FIND_LINKS:-${found// /,}}
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$($base -c 'import sys; print(sys._base_executable)')" "$venv"
    export VIRTUAL_ENV=$venv
    uv pip sync --quiet --require-hashes "$lock"
    install=(uv pip install --quiet --no-deps)
else
    [ -x "$venv/bin/pip" ] || { rm -rf "$venv"; "$base" -m venv "$venv"; }
    pip=("$venv/bin/pip" --disable-pip-version-check install --quiet --quiet --no-compile --no-deps)
    "${pip[@]}" --require-hashes -r "$lock"
    install=("${pip[@]}")
fi
echo "setup: torch ($((SECONDS - start)) s so far)"
"${install[@]}" "$torch"
"${install[@]}" --no-build-isolation --editable .
echo "setup: compiling .pyc files ($((SECONDS - start)) s so far)"
"$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null || true  # some packages carry files for other Pythons
"$venv/bin/python" -c 'import torch' 2>"$venv/torch.log" || {
    tail -1 "$venv/torch.log" >&2
    echo "setup: torch does not load. What the index offers is likely its CUDA build: let PIP_FIND_LINKS name a folder" >&2
    echo "       with a CPU build of $torch, or add what it needs with '$venv/bin/python -m pip install $torch'" >&2
    exit 1
}
echo "setup: done in $((SECONDS - start)) s"
