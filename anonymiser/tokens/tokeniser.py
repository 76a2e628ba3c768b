"""Turns identifiers into keyed tokens, a column at a time: HMAC-SHA256 cut to 128 bits, in base32."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from numpy.typing import NDArray

from anonymiser.errors import Refusal
from anonymiser.tokens.domains import Domain, IdType
from anonymiser.tokens.nhs_numbers import spelt, values
from anonymiser.tokens.split_key import SplitKey

TOKEN_BYTES = 16
"""128 bits: for 70 million people the chance of any two sharing a token is about 7e-24."""
TOKEN_LETTERS = 26
_DIGEST_BYTES = 32
_UUID_LETTERS = 36
_CHUNK = 16_384  # identifiers worked on at once, so that they stay in the processor's cache
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = np.frombuffer(b"".join(bytes((a, b)) for a in _ALPHABET for b in _ALPHABET), dtype=np.uint16)


class Tokeniser:
    """Makes the tokens of one domain."""

    def __init__(self, root: SplitKey, domain: Domain) -> None:
        self.domain = domain
        self.root_key_id = root.key_id
        self._key = root.derive(domain.info)
        # A seventh part: no domain's own info can come to the same bytes.
        self._row_key = root.derive(domain.info + b"|without-identifier")

    def token(self, identifier: str) -> str:
        """Give the token of one identifier. Raises Refusal if it is not one."""
        made = self.known(pl.Series("identifier", [identifier], dtype=pl.String))["token"]
        if made.is_empty():
            raise Refusal(f"Not a possible {self.domain.id_type.value}: nothing was made of it.")
        return str(made[0])

    def column(
        self, identifiers: pl.Series, rows: pl.Series, held: pl.DataType | type[pl.DataType] = pl.String
    ) -> pl.Series:
        """Give each row's token, in order and `held` so; each distinct identifier is worked out once.

        `rows` names each row uniquely (a referral's key). A missing or impossible identifier gets a token made
        of its row's name: nobody can tell it from chance, no two rows share it, and it is the same in a re-run.
        """
        asked = pl.DataFrame([self._comparable(identifiers).alias("id")])
        table = self._table(asked["id"]).cast({"token": held})
        made = asked.join(table, on="id", how="left", maintain_order="left")["token"]
        missing = made.is_null()
        if not missing.any():
            return made
        names = rows.filter(missing).cast(pl.String)
        if names.null_count() or names.n_unique() != len(names):
            raise Refusal(
                f"{rows.name}: rows without a usable identifier need a name each, and no two the same."
            )
        of_rows = _encode(self.domain.unlinked_prefix, self._row_key, names).cast(held)
        return made.scatter(missing.arg_true(), of_rows)

    def known(self, identifiers: pl.Series) -> pl.DataFrame:
        """Give `identifier` (canonical, distinct, sorted) and `token` of everything that is an identifier."""
        table = self._table(self._comparable(identifiers)).sort("id")
        return table.select(self._spelt(table["id"]).alias("identifier"), "token")

    def _table(self, comparable: pl.Series) -> pl.DataFrame:
        distinct = comparable.drop_nulls().unique()
        made = _encode(self.domain.prefix, self._key, self._spelt(distinct))
        return pl.DataFrame([distinct.alias("id"), made.alias("token")])

    def _comparable(self, identifiers: pl.Series) -> pl.Series:
        """Identifiers in a form in which the same one is always equal; null for what is not one."""
        if self.domain.id_type is IdType.NHS_NUMBER:
            return values(identifiers)
        plain = pl.DataFrame([identifiers.cast(pl.String).str.strip_chars().alias("id")])
        return plain.select(pl.when(pl.col("id") != "").then(pl.col("id"))).to_series()

    def _spelt(self, comparable: pl.Series) -> pl.Series:
        return spelt(comparable) if self.domain.id_type is IdType.NHS_NUMBER else comparable


def hmac_digests(key: bytes, messages: Sequence[bytes]) -> bytes:
    """Give the HMAC-SHA256 (RFC 2104) of each message under one key, 32 bytes each, end to end."""
    copy = HMAC(key, SHA256()).copy  # the key is hashed in once; each message begins from a copy
    digests = []
    for message in messages:
        state = copy()
        state.update(message)
        digests.append(state.finalize())
    return b"".join(digests)


def names_of_uuids(root: SplitKey, domain: Domain, uuids: pl.Series) -> pl.Series:
    """Give each UUID (lower case, with hyphens) a name that nobody without the key can tell from chance."""
    return spelt_blocks(domain, blocks_of_uuids(root, domain, uuids))


def blocks_of_uuids(root: SplitKey, domain: Domain, uuids: pl.Series) -> NDArray[np.uint8]:
    """Give the block of 16 octets that AES-256 (FIPS 197) makes of each UUID's 128 bits under the domain's key.

    Two UUIDs never have one block, and a million take no longer than some thousands of tokens.
    """
    # One block each and no two alike: then the bare cipher is a random-looking permutation and hides all there is.
    cipher = Cipher(AES(root.derive(domain.info)), ECB()).encryptor()  # noqa: S305
    parts = (uuids.slice(begin, _CHUNK) for begin in range(0, len(uuids), _CHUNK))
    made = b"".join(cipher.update(_octets(part)) for part in parts)
    return np.frombuffer(made, dtype=np.uint8).reshape(-1, TOKEN_BYTES)


def _octets(uuids: pl.Series) -> bytes:
    """The 16 octets of each UUID, end to end. Raises ValueError where one is missing or of another length."""
    if not (uuids.str.len_bytes() == _UUID_LETTERS).all(ignore_nulls=False):
        raise ValueError(f"{uuids.name}: not a UUID each.")
    found = bytes.fromhex(uuids.str.join("").item().replace("-", ""))
    if len(found) != TOKEN_BYTES * len(uuids):
        raise ValueError(f"{uuids.name}: not a UUID each.")
    return found


def spelt_blocks(domain: Domain, blocks: NDArray[np.uint8]) -> pl.Series:
    """Give the names that blocks are written as, in their order."""
    parts = [_spell(domain.prefix, blocks[begin : begin + _CHUNK]) for begin in range(0, len(blocks), _CHUNK)]
    return pl.concat(parts) if parts else pl.Series("token", [], dtype=pl.String)


def _spell(prefix: str, octets: NDArray[np.uint8]) -> pl.Series:
    start = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    letters = np.empty((len(octets), len(start) + TOKEN_LETTERS), dtype=np.uint8)
    letters[:, : len(start)] = start
    letters[:, len(start) :] = _base32(octets)
    return pl.Series("token", letters.view(f"S{letters.shape[1]}").ravel(), dtype=pl.Binary).cast(pl.String)


def _encode(prefix: str, key: bytes, identifiers: pl.Series) -> pl.Series:
    start = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    width = len(start) + TOKEN_LETTERS
    letters = np.empty((len(identifiers), width), dtype=np.uint8)
    letters[:, : len(start)] = start
    for begin in range(0, len(identifiers), _CHUNK):
        messages = identifiers[begin : begin + _CHUNK].cast(pl.Binary).to_list()
        digests = np.frombuffer(hmac_digests(key, messages), dtype=np.uint8).reshape(-1, _DIGEST_BYTES)
        letters[begin : begin + _CHUNK, len(start) :] = _base32(digests[:, :TOKEN_BYTES])
    return pl.Series("token", letters.view(f"S{width}").ravel(), dtype=pl.Binary).cast(pl.String)


def _base32(octets: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The base32 (RFC 4648, unpadded) of rows of 16 octets, two letters at a time: ten bits lie in two octets."""
    columns = np.zeros((TOKEN_BYTES + 1, len(octets)), dtype=np.uint16)
    columns[:TOKEN_BYTES] = octets.T
    pairs = np.empty((len(octets), TOKEN_LETTERS // 2), dtype=np.uint16)
    for place in range(TOKEN_LETTERS // 2):
        octet, offset = divmod(10 * place, 8)
        window = (columns[octet] << 8) | columns[octet + 1]
        pairs[:, place] = _PAIRS[(window >> (6 - offset)) & 1023]
    return pairs.view(np.uint8)
