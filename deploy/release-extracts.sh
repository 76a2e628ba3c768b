#!/bin/sh
# Releases every sealed extract that has not been released yet. Run as the anonymiser's own user, with EXTRACTS (the
# folder of the sealed files), KEYS (the anonymiser's keys) and RELEASES (where datasets go) in the environment.
set -eu
cd "$(dirname "$0")/.."
mkdir -p "$RELEASES/.done"
failed=0
for extract in "$EXTRACTS"/extract-*.sealed; do
    done_mark="$RELEASES/.done/${extract##*/}"
    if [ -f "$extract" ] && [ ! -e "$done_mark" ]; then
        if .venv/bin/python -m anonymiser release --extract "$extract" --keys "$KEYS" --out "$RELEASES"; then
            : >"$done_mark"
        else
            failed=1 # the others may still be good; the unit shows as failed
        fi
    fi
done
exit "$failed"
