"""What the commands can be told: which extracts, keys and lists, and which tables."""

import argparse
import math
from datetime import date
from pathlib import Path


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Where the keys lie, of which two roles may each hold a half."""
    parser.add_argument("--keys", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--second-half", type=Path, metavar="FILE", help="the other role's half of the root key"
    )


def add_order(parser: argparse.ArgumentParser, *, extracts: bool = True) -> None:
    """Of what, with whose objections, into which folder.

    `extracts` says whether they have to be named; the series knows where those of earlier releases lie.
    """
    parser.add_argument(
        "--extract", type=Path, required=extracts, default=[], action="append", metavar="FILE"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder of all releases")
    parser.add_argument("--state", type=Path, metavar="DIR", help="what the series remembers, if not in OUT")
    parser.add_argument("--type-1", type=Path, metavar="FILE", help="NHS numbers with a Type 1 opt-out")
    parser.add_argument("--withdrawn", type=Path, metavar="FILE", help="NHS numbers with withdrawn consent")
    parser.add_argument("--research", type=Path, metavar="FILE", help="NHS numbers of who agreed to research")
    parser.add_argument("--national-answer", type=Path, metavar="FILE", help="the national check's answer")
    parser.add_argument(
        "--national-answer-date", type=day, metavar="DAY", help="of which day it is: 2026-11-22"
    )
    add_keys(parser)


def add_tables(parser: argparse.ArgumentParser) -> None:
    """By which rule the tables are made, what else is counted, and whom the risk report counts."""
    parser.add_argument(
        "--table-rule",
        choices=["default", "hes", "hes-guarded", "opensafely", "midpoint-6"],
        help="the rule of the tables, for a whole series (default: that of the series, or default)",
    )
    parser.add_argument(
        "--population",
        type=Path,
        metavar="FILE",
        help="for the risk report, how many people live there: a CSV with people, and any of area, age, gender",
    )
    parser.add_argument(
        "--also-perturbed",
        action="store_true",
        help="also data/tables-perturbed: people by two things at once, by cell keys (goes with the rule default)",
    )
    parser.add_argument(
        "--also-private",
        type=epsilon,
        metavar="EPSILON",
        help="also data/tables-private: differentially private counts, which spend so much; needs OpenDP",
    )
    parser.add_argument(
        "--private-total",
        type=epsilon,
        metavar="EPSILON",
        help="how much the private counts of the whole series may spend; with the first of them, and then kept",
    )


def epsilon(words: str) -> float:
    """A share of a privacy budget. Raises ArgumentTypeError unless it is a number above nought."""
    number = float(words) if words.replace(".", "", 1).isdigit() else 0.0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{words!r} is not a number above 0: give one such as 0.5")
    return number


def day(words: str) -> date:
    """A day. Raises ArgumentTypeError unless it is written as 2026-11-22."""
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is no day: give it as 2026-11-22") from None
