"""The command line of the anonymiser: keygen, release, verify."""

import argparse
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from anonymiser.boundary import check_environment
from anonymiser.errors import Refusal
from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.release import make_release
from anonymiser.verify import verify_release


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command. Gives 0; 1 for a refused extract or release; 2 for a set-up it may not start with."""
    try:
        check_environment(environment)
        options = _parser().parse_args(arguments)
        options.run(options)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return refusal.exit_code
    except Exception as error:
        # The text of an unforeseen error could hold somebody's data: tell its kind and place instead.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        print(
            f"Stopped by an unforeseen {type(error).__name__} ({where}); nothing released.", file=sys.stderr
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m anonymiser", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    keygen = commands.add_parser("keygen", help="make the anonymiser's keys; give public.pem to the platform")
    keygen.set_defaults(run=_keygen)
    release = commands.add_parser("release", help="turn a sealed extract into a released dataset")
    release.add_argument("--extract", type=Path, required=True, metavar="FILE")
    release.add_argument("--out", type=Path, required=True, metavar="DIR")
    release.set_defaults(run=_release)
    for command in (keygen, release):
        command.add_argument("--keys", type=Path, required=True, metavar="DIR")
    verify = commands.add_parser("verify", help="check a released dataset from its files alone")
    verify.add_argument("--release", type=Path, required=True, metavar="DIR")
    verify.set_defaults(run=_verify)
    return parser


def _keygen(options: argparse.Namespace) -> None:
    make_keys(options.keys)
    print(f"Keys made. Give the platform {options.keys / PUBLIC_KEY} and nothing else from that folder.")


def _release(options: argparse.Namespace) -> None:
    folder = make_release(options.extract, load_keys(options.keys), options.out)
    print(_summary(verify_release(folder)))
    print(folder)


def _verify(options: argparse.Namespace) -> None:
    print(f"{_summary(verify_release(options.release))} Every file is as it was made.")


def _summary(manifest: Mapping[str, dict[str, int]]) -> str:
    counts = manifest["counts"]
    return (
        f"{manifest['release_id']}: {counts['rows_extracted']} rows extracted, "
        f"{counts['rows_released']} released, {counts['rows_suppressed']} suppressed, "
        f"{counts['opted_out']} opted out."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
