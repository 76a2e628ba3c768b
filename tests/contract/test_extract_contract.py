"""The platform seals and the anonymiser opens: two programs, one format, no shared code."""

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.errors import Refusal
from anonymiser.keys import Keys
from anonymiser.policy import POLICY
from anonymiser.releasing.build import make_release
from anonymiser.releasing.sources import Order
from anonymiser.releasing.verify import verify_release
from anonymiser.seal import CHUNK_BYTES, TAG_BYTES, open_sealed
from anonymiser.tokens.split_key import SplitKey
from app.store.sealing import seal
from tests.unit.anonymiser.sample import header, lines, outcome_records

PRIVATE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


def sealed(plaintext_lines: Sequence[bytes], private: X25519PrivateKey = PRIVATE) -> bytes:
    out = io.BytesIO()
    seal(
        plaintext_lines,
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        out,
    )
    return out.getvalue()


def opened(content: bytes, private: X25519PrivateKey = PRIVATE) -> list[bytes]:
    return list(open_sealed(io.BytesIO(content), private))


def many() -> list[bytes]:
    """Records enough for four chunks."""
    return [b"%06d" % number + b"x" * 93 for number in range(2_500)]


@pytest.mark.parametrize(
    "plaintext_lines",
    [
        [],
        [b"{}"],
        many(),
        [b"x" * (CHUNK_BYTES - 1)],
        [b"x" * CHUNK_BYTES],
        [b"x" * (2 * CHUNK_BYTES - 1)],
        [b"", b"a", b""],
    ],
)
def test_what_the_platform_seals_the_anonymiser_opens(plaintext_lines: list[bytes]) -> None:
    assert opened(sealed(plaintext_lines)) == plaintext_lines


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=40_000).map(lambda line: line.replace(b"\n", b"")), max_size=8))
def test_any_lines_come_back_as_they_were(plaintext_lines: list[bytes]) -> None:
    assert opened(sealed(plaintext_lines)) == plaintext_lines


def test_line_may_bring_its_own_newline_but_no_newline_inside() -> None:
    assert opened(sealed([b"one\n", b"two"])) == [b"one", b"two"]
    with pytest.raises(ValueError, match="one line is one JSON record"):
        sealed([b"one\ntwo"])


def test_platform_refuses_to_seal_to_another_kind_of_key() -> None:
    pem = (
        Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(ValueError, match="not an X25519 key"):
        seal([], pem, io.BytesIO())


def test_sealed_file_shows_only_its_format_and_keys_and_differs_each_time() -> None:
    first, second = sealed([b"canary"]), sealed([b"canary"])
    assert json.loads(first.splitlines()[0]).keys() == {"format", "ephemeral", "recipient"}
    assert b"canary" not in first
    assert first != second


def test_any_flipped_byte_is_found() -> None:
    content = sealed([b'{"record":"header"}', b'{"record":"outcome"}'])
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        with pytest.raises(Refusal):
            opened(bytes(changed))


def chunks_of(content: bytes) -> tuple[bytes, list[bytes]]:
    head, _, body = content.partition(b"\n")
    return head + b"\n", [body[start : start + SEALED_CHUNK] for start in range(0, len(body), SEALED_CHUNK)]


def test_extract_that_is_cut_stretched_or_reordered_is_refused() -> None:
    head, (one, two, three, four) = chunks_of(sealed(many()))
    broken = {
        "cut at a chunk": [one, two, three],
        "cut in a chunk": [one, two, three, four[:-1]],
        "nothing left": [],
        "first missing": [two, three, four],
        "middle missing": [one, two, four],
        "swapped": [two, one, three, four],
        "repeated": [one, one, two, three, four],
        "end repeated": [one, two, three, four, four],
        "one byte more": [one, two, three, four, b"x"],
    }
    assert opened(head + one + two + three + four) == many()
    assert {name for name, chunks in broken.items() if is_refused(head + b"".join(chunks))} == broken.keys()


def is_refused(content: bytes) -> bool:
    try:
        opened(content)
    except Refusal as refusal:
        return "The seal is broken" in str(refusal)
    return False


def test_chunk_of_another_extract_to_the_same_key_is_refused() -> None:
    head, chunks = chunks_of(sealed(many()))
    _, others = chunks_of(sealed(many()))
    with pytest.raises(Refusal, match="The seal is broken"):
        opened(head + b"".join([chunks[0], others[1], *chunks[2:]]))


def test_extract_sealed_to_another_key_is_refused_by_key_id() -> None:
    with pytest.raises(Refusal, match="sealed to another key"):
        opened(sealed([b"{}"], X25519PrivateKey.generate()))


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}\n", b"[]\n", b"record\n", b"\xff\xfe", b"[" * 5_000, b"x" * 5_000]
)
def test_file_that_is_no_sealed_extract_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal, match="header of a sealed extract"):
        opened(content)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "backstitch-sealed-2"}, "not sealed in the format"),
        ({"ephemeral": "AAAA"}, "header of a sealed extract"),
        ({"ephemeral": base64.b64encode(bytes(32)).decode()}, "a key that cannot be used"),
    ],
)
def test_header_that_lies_is_refused(change: dict[str, str], said: str) -> None:
    head, _, body = sealed([b"{}"]).partition(b"\n")
    with pytest.raises(Refusal, match=said):
        opened(json.dumps(json.loads(head) | change).encode() + b"\n" + body)


def test_sealed_extract_of_the_platforms_shape_becomes_a_verified_release(tmp_path: Path) -> None:
    extract = tmp_path / "extract.sealed"
    extract.write_bytes(sealed(lines(outcome_records(300))))
    keys = Keys(root=SplitKey(bytes(32)), private=PRIVATE)
    folder = make_release(Order(extracts=[extract], keys=keys, out=tmp_path / "out"))
    counts = verify_release(folder)["counts"]
    assert abs(counts["rows_extracted"] - 300) <= 2  # who is not in the files is told to the nearest 5
    assert counts["rows_released"] > 200


def test_sample_rows_have_exactly_the_fields_that_the_policy_classes() -> None:
    assert {*outcome_records(1)[0]} == {"record", *POLICY}
    assert header(0)["counts"].keys() == {"rows", "opted_out", "excluded"}
