#!/bin/sh
# Makes a release when an extract lies there that no release holds. Run as the anonymiser's own user; in the environment:
#   EXTRACTS         the folder of the sealed extracts and of the two lists beside them; all of a series stay there
#   KEYS             the anonymiser's keys
#   RELEASES         where releases go; what the series remembers is in its .series
#   SECOND_HALF      the other role's half of the root key, /dev/stdin when it is handed in; none: it lies in KEYS
#   NATIONAL_ANSWER  the national check's answer, where the national opt-out has to be applied to what is anonymous
#   NATIONAL_ANSWER_DATE  the day it is of, 2026-11-22; older than a week it is refused
set -eu
cd "$(dirname "$0")/.."

# The series names the extracts of each release by where they lay. What a killed run noted and did not publish does not
# count, as the anonymiser itself has it.
is_released() {
    for about in "$RELEASES"/.series/release-*/about.json; do
        noted=${about%/about.json}
        if [ -e "$noted/published" ] || [ -d "$RELEASES/${noted##*/}" ]; then
            grep -qF "/$1\"" "$about" && return 0
        fi
    done
    return 1
}

new=0
set --
for extract in "$EXTRACTS"/extract-*.sealed; do
    [ -f "$extract" ] || continue
    set -- "$@" --extract "$extract"
    is_released "${extract##*/}" || new=$((new + 1))
done
if [ "$new" -eq 0 ]; then
    echo "No new extract: nothing to release."
    exit 0
fi
# Not left out when they are missing: then nobody's no would be heeded, and the anonymiser refuses instead.
set -- "$@" --type-1 "$EXTRACTS/type-1.txt" --withdrawn "$EXTRACTS/withdrawn.txt"
[ -z "${NATIONAL_ANSWER:-}" ] || set -- "$@" --national-answer "$NATIONAL_ANSWER" \
    --national-answer-date "${NATIONAL_ANSWER_DATE:?say the day that the answer is of}"
[ -z "${SECOND_HALF:-}" ] || set -- "$@" --second-half "$SECOND_HALF"
exec "${PYTHON:-.venv/bin/python}" -m anonymiser release "$@" --keys "$KEYS" --out "$RELEASES"
