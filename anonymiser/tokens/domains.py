"""Says what a token is for: the six words that decide its key, so that two uses never share a token."""

import re
from dataclasses import dataclass
from enum import StrEnum

from anonymiser.errors import Refusal


class IdType(StrEnum):
    """The kind of thing that is given a token."""

    NHS_NUMBER = "nhs-number"
    REFERRAL = "referral"
    PRACTICE = "practice"
    LINK_WORKER = "link-worker"
    PROVIDER = "provider"


_LETTERS = {
    IdType.NHS_NUMBER: "ns",
    IdType.REFERRAL: "rf",
    IdType.PRACTICE: "gp",
    IdType.LINK_WORKER: "lw",
    IdType.PROVIDER: "pv",
}
_EPOCH = re.compile(r"20\d\d[a-z]", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What tokens are for. Those of two domains that differ in any part cannot be compared.

    Raises Refusal on an empty part, and on an epoch that is not a year and a letter ("2026a"): it is shown.
    """

    purpose: str
    recipient: str
    project: str
    epoch: str
    id_type: IdType

    def __post_init__(self) -> None:
        empty = [name for name in ("purpose", "recipient", "project") if not getattr(self, name).strip()]
        problems = [f"A token's {name} is empty; name one." for name in empty]
        if not _EPOCH.fullmatch(self.epoch):
            problems.append("An epoch is a year and a small letter, for example 2026a.")
        if problems:
            raise Refusal(*problems)

    @property
    def info(self) -> bytes:
        """The HKDF info: the parts between bars, a bar or backslash within a part after a backslash."""
        parts = (self.purpose, self.recipient, self.project, self.epoch, self.id_type.value)
        escaped = (part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
        return "|".join(("anonymiser/v1", *escaped)).encode()

    @property
    def prefix(self) -> str:
        """What every token begins with: kind, form and epoch ("ns1.2026a."), never recipient or project."""
        return f"{_LETTERS[self.id_type]}1.{self.epoch}."

    @property
    def unlinked_prefix(self) -> str:
        """What the token of a row without a usable identifier begins with ("ns0.2026a.")."""
        return f"{_LETTERS[self.id_type]}0.{self.epoch}."


def next_epoch(epoch: str, year: int) -> str:
    """The epoch after one: the next letter of the same year, or the first of a later year ("2026a" -> "2026b")."""
    if not _EPOCH.fullmatch(epoch):
        raise Refusal("An epoch is a year and a small letter, for example 2026a.")
    held, letter = int(epoch[:4]), epoch[4]
    if year > held:
        return f"{year}a"
    if year < held or letter == "z":
        raise Refusal(f"There is no epoch after {epoch} in {year}.")
    return f"{year}{chr(ord(letter) + 1)}"
