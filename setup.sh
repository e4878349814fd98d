#!/usr/bin/env bash
# Makes the virtual environment named on the command line from requirements.lock: with uv where it is installed, else
# with python -m venv and pip. Everything is checked against its hash. Compiles .pyc files: they halve LiteLLM's start.
set -euo pipefail
venv=${1:?usage: setup.sh VENV}
cd "$(dirname "$0")"
unset PYTHONDONTWRITEBYTECODE

python=""
for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { echo "setup: Python 3.11 or newer is needed; on Debian 12: apt-get install python3 python3-venv" >&2; exit 1; }

echo "setup: making $venv (about two minutes the first time)"
start=$SECONDS
rm -f "$venv"/.setup-*
if command -v uv >/dev/null; then
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$python" "$venv"
    VIRTUAL_ENV=$venv uv pip sync --quiet --require-hashes requirements.lock
    VIRTUAL_ENV=$venv uv pip install --quiet --no-deps --no-build-isolation --editable .
else
    if [ ! -x "$venv/bin/pip" ]; then
        rm -rf "$venv"
        "$python" -m venv "$venv" || {
            echo "setup: '$python -m venv' failed; on Debian 12: apt-get install python3-venv" >&2
            exit 1
        }
    fi
    total=$(grep -cE '^[a-z0-9].*==' requirements.lock)
    # The lock names everything. Left to resolve, pip reads the pin of "pydantic" as none of "pydantic[email]", and fails on
    # the first day that a newer one is out.
    "$venv/bin/pip" install --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock 2>"$venv/pip.log" \
        | awk -v total="$total" -v tty="$([ -t 1 ] && echo 1 || echo 0)" '
            /^Collecting/ { n++; if (tty) printf "\rsetup: %3d of %d  %-48.48s", n, total, $2; else if (n % 50 == 1) print "setup: " n " of " total; fflush() }
            /^Installing/ { if (tty) printf "\r%-70s\r", ""; print "setup: unpacking"; fflush() }' \
        || { grep -v '^WARNING: Location' "$venv/pip.log" >&2; exit 1; }
    "$venv/bin/pip" install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
fi
echo "setup: compiling .pyc files ($((SECONDS - start)) s so far)"
"$venv/bin/python" -m compileall -q -j 0 "$venv/lib" proto grpc-serving compressor-service cache-service litellm-hooks platform-api cli \
    >/dev/null || true  # some packages carry files for other Python versions
echo "setup: done in $((SECONDS - start)) s"
