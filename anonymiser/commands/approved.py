"""The commands for what two people must sign: their keys and signatures, linkable rows, new epochs, the way back."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from anonymiser.keys import make_root, read_root
from anonymiser.releasing.project import make_project
from anonymiser.releasing.sources import Order
from anonymiser.releasing.ways_back import carry_over, keep_notes, reveal
from anonymiser.tokens.approvals import Role
from anonymiser.tokens.papers import Papers, make_approver, sign_paper

Run = Callable[[argparse.Namespace], None]
Command = Callable[[str, Run, str], argparse.ArgumentParser]
AddOrder = Callable[[argparse.ArgumentParser], None]
ReadOrder = Callable[[argparse.Namespace], Order]


def add(command: Command, add_order: AddOrder, order: ReadOrder) -> None:
    """Add them; `add_order` and `order` are how the other commands are told extracts, keys and lists."""
    _add_desk_work(command)

    def ordered(
        name: str, act: Callable[[Order, argparse.Namespace], Path], words: str
    ) -> argparse.ArgumentParser:
        parser = command(name, lambda options: _say(act(order(options), options)), words)
        add_order(parser)
        _add_papers(parser)
        return parser

    ordered("linkable", _linkable, "give an approved project its linkable rows: personal data")
    relink = ordered("relink", _relink, "carry an approved project's rows to the tokens of a new epoch")
    relink.add_argument("--data", type=Path, required=True, metavar="FILE", help="its rows: linkable.csv")
    relink.add_argument(
        "--new-keys", type=Path, metavar="DIR", help="the new epoch's keys, if they are others"
    )
    relink.add_argument("--new-second-half", type=Path, metavar="FILE")
    escrow = ordered(
        "escrow", _escrow, "seal a note for each person of a project, for the identifying service"
    )
    _add_escrow_keys(escrow)
    keygen = command("escrow-keygen", _escrow_keygen, "make the two halves of the escrow's own key")
    _add_escrow_keys(keygen)
    back = command("reveal", _reveal, "tell whom one token names: direct care, two signatures, once")
    _add_papers(back)
    _add_escrow_keys(back)
    back.add_argument("--notes", type=Path, required=True, metavar="DIR", help="the folder that escrow wrote")


def _add_desk_work(command: Command) -> None:
    """What an approver does at their own desk."""
    keygen = command(
        "approver-keygen", _approver_keygen, "make an approver's key; prints their line for the list"
    )
    keygen.add_argument("--role", required=True, metavar="ROLE", help=", ".join(Role))
    sign = command("sign", _sign, "sign a paper that was read; prints what is signed, word for word")
    sign.add_argument("--paper", type=Path, required=True, metavar="FILE")
    for parser in (keygen, sign):
        parser.add_argument("--name", required=True, metavar="NAME")
        parser.add_argument(
            "--private", type=Path, required=True, metavar="FILE", help="the approver's own key"
        )


def _add_papers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--paper", "--project", type=Path, required=True, metavar="FILE", help="what was signed"
    )
    parser.add_argument("--approvers", type=Path, required=True, metavar="FILE")
    parser.add_argument("--trail", type=Path, required=True, metavar="FILE")


def _add_escrow_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--escrow-keys", type=Path, required=True, metavar="DIR")
    parser.add_argument("--escrow-second-half", type=Path, metavar="FILE", help="the other role's half of it")


def _say(told: object) -> None:
    sys.stdout.write(f"{told}\n")


def _papers(options: argparse.Namespace) -> Papers:
    return Papers(paper=options.paper, approvers=options.approvers, trail=options.trail)


def _linkable(order: Order, options: argparse.Namespace) -> Path:
    return make_project(order, _papers(options), datetime.now(UTC))


def _relink(order: Order, options: argparse.Namespace) -> Path:
    new = read_root(options.new_keys, options.new_second_half) if options.new_keys else order.keys.root
    return carry_over(order, _papers(options), new, options.data, datetime.now(UTC))


def _escrow(order: Order, options: argparse.Namespace) -> Path:
    key = read_root(options.escrow_keys, options.escrow_second_half)
    return keep_notes(order, _papers(options), key, datetime.now(UTC))


def _escrow_keygen(options: argparse.Namespace) -> None:
    key_id = make_root(options.escrow_keys, options.escrow_second_half)
    _say(
        f"Halves of {key_id} made. Keep {options.escrow_keys} with the identifying service, never beside the root key."
    )


def _reveal(options: argparse.Namespace) -> None:
    key = read_root(options.escrow_keys, options.escrow_second_half)
    _say(reveal(_papers(options), key, options.notes, datetime.now(UTC)))


def _approver_keygen(options: argparse.Namespace) -> None:
    _say(make_approver(options.private, options.name, options.role))


def _sign(options: argparse.Namespace) -> None:
    today = datetime.now(UTC).date()
    signed = sign_paper(options.paper, options.name, options.private, today)
    _say(f"Signed: {signed.signed_bytes().decode()}")
