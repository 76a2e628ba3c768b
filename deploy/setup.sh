#!/bin/sh
# Makes .venv with exactly what requirements-dev.txt names; does nothing when that is already so.
# Needs Python 3.11+ with pip, but neither root nor the venv module. PYTHON names another interpreter.
set -eu
cd "$(dirname "$0")/.."
started=$(date +%s)

refuse() {
    echo "set-up: $*" >&2
    exit 1
}

is_recent() { # and not newer than the servers in the wheels support
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
}

describe() {
    "$1" -c 'import sys; print(*sys.version_info[:3], sys.base_prefix)' 2>/dev/null || true
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if is_recent "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    refuse "Python 3.11, 3.12 or 3.13 is needed (found: $(${PYTHON:-python3} --version 2>&1 || true));" \
        "install one, or name one: make PYTHON=/path/to/python3.12"
}

install_uv() {
    "$python" -m pip --version >/dev/null 2>&1 || refuse "$python has no pip; install it" \
        "(Debian and Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip)"
    # --target works on externally managed Pythons; PIP_USER would clash with it
    PIP_USER=0 "$python" -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
        --root-user-action=ignore --upgrade --require-hashes --target .tools -r deploy/uv.txt
}

python=$(find_python)
mkdir -p var
if command -v flock >/dev/null; then # two makes at once take turns
    exec 9>var/setup.lock
    flock 9
fi

wanted="$PWD
$(describe "$python")
$(cat deploy/uv.txt requirements-dev.txt | cksum)"
if [ "$(cat .venv/set-up-from 2>/dev/null)" = "$wanted" ] && [ "$(describe .venv/bin/python)" = "$(describe "$python")" ]; then
    echo 0 >var/setup-seconds
    exit 0
fi

echo "Setting up .venv with $("$python" --version): once, about a minute ..."
export UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1
if [ ! -w "${HOME:-/nonexistent}" ]; then # an account without a home has nowhere else for uv's cache
    export UV_CACHE_DIR="$PWD/var/uv-cache"
fi
uv_version=$(sed -n 's/^\(uv\)==\([^ ]*\).*/\1 \2/p' deploy/uv.txt)
case $(.tools/bin/uv --version 2>/dev/null || true) in
"$uv_version"*) ;;
*) install_uv ;;
esac

made_in=$(sed -n 1p .venv/set-up-from 2>/dev/null || true)
if [ -e var/setup-unfinished ] || [ "${made_in:-$PWD}" != "$PWD" ] ||
    [ "$(describe .venv/bin/python)" != "$(describe "$python")" ]; then
    .tools/bin/uv venv --quiet --clear --python "$python" .venv
fi
touch var/setup-unfinished # whoever interrupts the next line gets a fresh start
.tools/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python requirements-dev.txt
printf '%s\n' "$wanted" >.venv/set-up-from
rm var/setup-unfinished

seconds=$(($(date +%s) - started))
echo "$seconds" >var/setup-seconds
echo "Set-up took $seconds s."
