"""The command line of the anonymiser."""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from anonymiser.boundary import check_environment, forbid_network
from anonymiser.commands import approved
from anonymiser.commands.options import add_keys, add_order, add_tables
from anonymiser.desk.box import Box
from anonymiser.desk.serving import serve
from anonymiser.errors import Refusal, SetUpRefusal
from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.releasing.build import make_candidate, make_release
from anonymiser.releasing.diff import differences
from anonymiser.releasing.leaving_out import Lists
from anonymiser.releasing.population import read_population
from anonymiser.releasing.recheck import attack_unprotected, attacks, recheck
from anonymiser.releasing.sources import Order
from anonymiser.releasing.twin import make_twin
from anonymiser.releasing.verify import MANIFEST, verify_release

SECONDS_BETWEEN_WORDS = 2.0
STOPPED = 130  # as a shell tells of a program that was interrupted
Command = Callable[[str, Callable[[argparse.Namespace], None], str], argparse.ArgumentParser]


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command. Gives 0; 1 for a refused extract or release; 2 for a set-up it may not start with; STOPPED."""
    try:
        check_environment(environment)
        options = _parser().parse_args(arguments)
        options.run(options)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return refusal.exit_code
    except KeyboardInterrupt:
        print("Stopped. Nothing was released; the same command begins again.", file=sys.stderr)
        return STOPPED
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

    def command(name: str, run: Callable[[argparse.Namespace], None], words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words)
        added.set_defaults(run=run)
        return added

    keygen = command("keygen", _keygen, "make the anonymiser's keys; give public.pem to the platform")
    add_keys(keygen)
    for name, run, words in (
        ("build", _build, "make and check a release without publishing it, to be looked at"),
        ("release", _release, "turn sealed extracts into a released dataset"),
    ):
        add_tables(added := command(name, run, words))
        add_order(added)
    for name, run, words in (
        ("check", _check, "check a release against the people behind it"),
        ("attack", _attack, "attack a release as a motivated intruder"),
    ):
        added = command(name, run, words)
        added.add_argument("--release", type=Path, required=True, metavar="DIR")
        add_order(added)
        if name == "attack":
            added.add_argument(
                "--unprotected", action="store_true", help="attack the exact rows: the control"
            )
    approved.add(command, add_order, _fresh_order)
    desk = command("desk", _desk, "answer questions about the newest release, put as files into a box")
    add_order(desk, extracts=False)
    desk.add_argument(
        "--box", type=Path, required=True, metavar="DIR", help="where questions and answers lie"
    )
    desk.add_argument("--once", action="store_true", help="answer what lies there and end")
    _add_file_commands(command)
    return parser


def _add_file_commands(command: Command) -> None:
    """Those that need a release's files and nothing secret."""
    verify = command("verify", _verify, "check a released dataset from its files alone")
    verify.add_argument("--release", type=Path, required=True, metavar="DIR")
    diff = command("diff", _diff, "tell how two releases differ")
    diff.add_argument("before", type=Path)
    diff.add_argument("after", type=Path)
    twin = command("twin", _twin, "invent a dataset of the same shape from a release's published counts")
    twin.add_argument("--release", type=Path, required=True, metavar="DIR")
    twin.add_argument("--out", type=Path, required=True, metavar="DIR")


def _fresh_order(options: argparse.Namespace) -> Order:
    """For what is made anew. What is only looked at again may be of lists that were fresh then."""
    order = _order(options)
    order.lists.check_fresh(today())
    return order


def _order(options: argparse.Namespace) -> Order:
    if getattr(options, "private_total", None) is not None and options.also_private is None:
        raise SetUpRefusal("--private-total says how much --also-private may spend in all: give that too.")
    return Order(
        extracts=options.extract,
        keys=load_keys(options.keys, options.second_half),
        out=options.out,
        lists=Lists(
            type_1=options.type_1,
            withdrawn=options.withdrawn,
            national_answer=options.national_answer,
            national_answer_date=options.national_answer_date,
            research=options.research,
        ),
        state=options.state,
        population=read_population(getattr(options, "population", None)),
        table_rule=getattr(options, "table_rule", None),
        also_perturbed=getattr(options, "also_perturbed", False),
        also_private=getattr(options, "also_private", None),
        private_total=getattr(options, "private_total", None),
        today=today(),
        progress=_progress(),
        warn=lambda sentence: print(sentence, file=sys.stderr),
    )


def today() -> date:
    """The day of the run; nothing further inside knows a clock."""
    return datetime.now(UTC).date()


def _progress() -> Callable[[str], None]:
    """Says on standard error what is being done, once it takes long; a quick run says nothing."""
    began = spoke = time.monotonic()

    def tell(step: str) -> None:
        nonlocal spoke
        now = time.monotonic()
        if now - spoke >= SECONDS_BETWEEN_WORDS:
            spoke = now
            print(f"{now - began:.0f} s: {step} ...", file=sys.stderr, flush=True)

    return tell


def _keygen(options: argparse.Namespace) -> None:
    key_id = make_keys(options.keys, options.second_half)
    print(f"The root key is {key_id}.")
    print(f"Keys made. Give the platform {options.keys / PUBLIC_KEY} and nothing else from that folder.")


def _build(options: argparse.Namespace) -> None:
    folder = make_candidate(_fresh_order(options))
    print(f"{_summary(json.loads((folder / MANIFEST).read_bytes()))} Not published.")
    print(folder)


def _release(options: argparse.Namespace) -> None:
    folder = make_release(_fresh_order(options))
    print(_summary(json.loads((folder / MANIFEST).read_bytes())))
    print(folder)


def _desk(options: argparse.Namespace) -> None:
    def tell(sentence: str) -> None:
        print(sentence, flush=True)

    serve(_order(options), Box(options.box), tell, once=options.once)


def _check(options: argparse.Namespace) -> None:
    inspected = recheck(options.release, _order(options))
    findings = [sentence for each in inspected for sentence in each.findings]
    if findings:
        raise Refusal(*findings)
    print("Nothing was found against this release.")


def _attack(options: argparse.Namespace) -> None:
    order = _order(options)
    inspected = (
        attack_unprotected(options.release, order) if options.unprotected else recheck(options.release, order)
    )
    broken = []
    for dataset, title, attack in attacks(inspected):
        sentence = (
            f"{dataset.name}, {title}: {attack.success:.2%} right guesses at {attack.targets} people, "
            f"{attack.alone} found for certain."
        )
        print(sentence)
        if not attack.is_held_off(10):
            broken.append(f"The intruder succeeds. {sentence}")
    if broken:
        raise Refusal(*broken)


def _verify(options: argparse.Namespace) -> None:
    print(f"{_summary(verify_release(options.release))} Every file is as it was made.")


def _diff(options: argparse.Namespace) -> None:
    print("\n".join(differences(options.before, options.after)))


def _twin(options: argparse.Namespace) -> None:
    print(make_twin(options.release, options.out))


def _summary(manifest: Mapping[str, Any]) -> str:
    counts = manifest["counts"]
    if manifest.get("synthetic"):
        return f"{manifest['release_id']}: {counts['rows_released']} invented rows."
    told = {name: "1 to 9" if number is None else number for name, number in counts.items()}
    return (
        f"{manifest['release_id']}: about {told['rows_extracted']} rows extracted, "
        f"{told['rows_released']} released, {told['rows_suppressed']} suppressed, "
        f"{told['rows_waiting']} waiting, {told['rows_left_out']} left out by the lists given, "
        f"{told['rows_tripped']} with identifiers, {told['opted_out']} opted out before."
    )


if __name__ == "__main__":
    forbid_network()
    sys.exit(main(sys.argv[1:], os.environ))
