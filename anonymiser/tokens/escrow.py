"""The only way back from a token to a person: a sealed note under a key of its own, opened by two people for care."""

import base64
from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from anonymiser.errors import Refusal
from anonymiser.tokens.approvals import Act, Approvals, Request, Signature
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser

DIRECT_CARE = "direct care"
_PREFIX = "es1."
_KEY_BYTES = 64


def reidentification_request(
    token: str, *, id: str, reason: str, asked_by: str, dates: tuple[date, date]
) -> Request:
    """Write the request to learn whom one token names; `dates` are when it is asked and when it ends."""
    asked, ends = dates
    terms = {"token": token, "purpose": DIRECT_CARE}
    return Request(
        id=id,
        act=Act.REIDENTIFY,
        terms=terms,
        reason=reason,
        asked_by=asked_by,
        asked_on=asked,
        expires_on=ends,
    )


class Escrow:
    """Seals identifiers beside their tokens and opens one at a time.

    The key is not the root key, and the notes (`es1.` and base32 of AES-256-SIV, RFC 5297) are kept by the
    identifying service; no extract for analysts ever holds one.
    """

    def __init__(self, key: SplitKey) -> None:
        self.key_id = key.key_id
        self._cipher = AESSIV(key.derive(b"anonymiser/v1|escrow", _KEY_BYTES))

    def notes(self, tokeniser: Tokeniser, numbers: pl.Series) -> pl.DataFrame:
        """Give `token` and `note` for each distinct person. Raises Refusal if the two keys are one."""
        if tokeniser.root_key_id == self.key_id:
            raise Refusal("The escrow needs a key of its own: this one makes the tokens.")
        known = tokeniser.known(numbers)
        notes = [
            self._sealed(number, token)
            for number, token in zip(known["identifier"].to_list(), known["token"].to_list(), strict=True)
        ]
        return pl.DataFrame([known["token"], pl.Series("note", notes, dtype=pl.String)]).sort("token")

    def open(
        self,
        note: str,
        request: Request,
        signatures: Sequence[Signature],
        *,
        approvals: Approvals,
        now: datetime,
    ) -> str:
        """Give the identifier that one token stands for, the use having been written down first.

        Raises Refusal unless the request is for direct care, approved by two, unexpired and unused, and the note
        is the one of the token that was signed for.
        """
        for_care = request.act is Act.REIDENTIFY and request.terms.get("purpose") == DIRECT_CARE
        wrong = (
            () if for_care else ("A person is re-identified for direct care only, by a request for that.",)
        )
        approvals.use(request, signatures, now, also=wrong)
        letters = note.removeprefix(_PREFIX)
        try:
            sealed = base64.b32decode(letters + "=" * (-len(letters) % 8))
            return self._cipher.decrypt(sealed, _bound_to(request.terms["token"])).decode()
        except (InvalidTag, ValueError):
            raise Refusal("The note does not open for the token in the request under this key.") from None

    def _sealed(self, identifier: str, token: str) -> str:
        sealed = self._cipher.encrypt(identifier.encode(), _bound_to(token))
        return _PREFIX + base64.b32encode(sealed).decode().rstrip("=")


def _bound_to(token: str) -> list[bytes]:
    return [b"anonymiser/v1|escrow", token.encode()]
