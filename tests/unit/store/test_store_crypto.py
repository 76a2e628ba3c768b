"""Keys and ciphertexts: bound to their place, useless elsewhere, and clear about what is wrong with a ring."""

import base64
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.crypto import Cell, Cipher, KeyProblem, KeyRing

RING = KeyRing("k1", {"k1": b"1" * 32}, b"i" * 32)
CIPHER = Cipher(RING)
OWNER = uuid4()
KEY = CIPHER.new_data_key(OWNER)
CELL = Cell("person", "names", OWNER)


@given(st.text())
def test_what_is_sealed_opens_in_its_place(clear: str) -> None:
    assert CIPHER.open_text(KEY, CELL, CIPHER.seal(KEY, CELL, clear)) == clear


def test_nothing_stays_nothing() -> None:
    assert CIPHER.seal(KEY, CELL, None) is None
    assert CIPHER.open_text(KEY, CELL, None) is None


def test_same_value_never_looks_the_same_twice() -> None:
    assert CIPHER.seal(KEY, CELL, "Okonkwo") != CIPHER.seal(KEY, CELL, "Okonkwo")


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(CELL, table="contact"),
        replace(CELL, column="address"),
        replace(CELL, row=uuid4()),
    ],
)
def test_moved_value_does_not_open(elsewhere: Cell) -> None:
    sealed = CIPHER.seal(KEY, CELL, "Okonkwo")
    with pytest.raises(KeyProblem, match="changed, moved or sealed by another key"):
        CIPHER.open(KEY, elsewhere, sealed)


@given(st.data())
def test_any_flipped_bit_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(CIPHER.seal(KEY, CELL, "Okonkwo") or b"")
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8
    with pytest.raises(KeyProblem):
        CIPHER.open(KEY, CELL, bytes(sealed))


def test_data_key_opens_for_its_owner_only() -> None:
    assert CIPHER.unwrap(OWNER, KEY.wrapped, "k1").plain == KEY.plain
    with pytest.raises(KeyProblem):
        CIPHER.unwrap(uuid4(), KEY.wrapped, "k1")


def test_data_key_does_not_open_with_another_ring() -> None:
    with pytest.raises(KeyProblem):
        Cipher(replace(RING, keys={"k1": b"2" * 32})).unwrap(OWNER, KEY.wrapped, "k1")


def test_key_that_left_the_ring_is_named() -> None:
    with pytest.raises(KeyProblem, match="'k1' is not on the key ring"):
        Cipher(KeyRing("k2", {"k2": b"2" * 32}, b"i" * 32)).unwrap(OWNER, KEY.wrapped, "k1")


def test_after_a_change_of_keys_old_ones_open_and_new_ones_use_the_active_key() -> None:
    after = Cipher(KeyRing("k2", {"k1": b"1" * 32, "k2": b"2" * 32}, b"i" * 32))
    assert after.unwrap(OWNER, KEY.wrapped, KEY.key_id).plain == KEY.plain
    assert after.new_data_key(uuid4()).key_id == "k2"


def test_blind_index_finds_the_same_number_and_needs_its_key() -> None:
    assert CIPHER.blind_index("9434765919") == Cipher(RING).blind_index("9434765919")
    assert CIPHER.blind_index("9434765919") != CIPHER.blind_index("9434765870")
    assert CIPHER.blind_index("9434765919") != Cipher(replace(RING, index_key=b"j" * 32)).blind_index(
        "9434765919"
    )


def ring_text(**changes: object) -> str:
    key = base64.b64encode(b"1" * 32).decode()
    return json.dumps({"active": "k1", "keys": {"k1": key}, "index": key} | changes)


def test_ring_is_read_from_its_text() -> None:
    assert KeyRing.parse(ring_text()) == KeyRing("k1", {"k1": b"1" * 32}, b"1" * 32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        ring_text(active="k2"),
        ring_text(index="c2hvcnQ="),
        ring_text(keys={"k1": "###"}),
    ],
)
def test_broken_ring_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(KeyProblem) as refused:
        KeyRing.parse(text)
    assert "c2hvcnQ=" not in str(refused.value)
    assert "###" not in str(refused.value)


def test_new_ring_is_private_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ring.json"
    KeyRing.create(path)
    first = path.read_text()
    KeyRing.create(path)
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.from_file(path).active == "k1"


def test_ring_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    KeyRing.create(path)
    os.chmod(path, 0o640)
    with pytest.raises(KeyProblem, match="chmod 600"):
        KeyRing.from_file(path)


def test_missing_ring_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="no key file"):
        KeyRing.from_file(tmp_path / "ring.json")
