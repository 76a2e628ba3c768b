"""A key in two halves: neither is enough, and a pair that is wrong is refused before anything is made with it."""

import os
import stat
import sys
from pathlib import Path

import pytest

from anonymiser.errors import SetUpRefusal
from anonymiser.tokens.split_key import (
    Half,
    SplitKey,
    half_from_command,
    half_from_file,
    join_halves,
    make_half,
)

ONE, TWO = "data-custodian", "key-custodian"


@pytest.fixture
def halves(tmp_path: Path) -> tuple[Half, Half]:
    make_half(tmp_path / "one", ONE)
    make_half(tmp_path / "two", TWO)
    return half_from_file(tmp_path / "one"), half_from_file(tmp_path / "two")


def test_key_is_the_two_halves_xored_and_each_half_alone_is_another_key(halves: tuple[Half, Half]) -> None:
    first, second = halves
    key = join_halves(first, second, one_owner=True)
    assert key.secret == bytes(a ^ b for a, b in zip(first.value, second.value, strict=True))
    assert key == join_halves(second, first, one_owner=True)
    assert len({key.key_id, SplitKey(first.value).key_id, SplitKey(second.value).key_id}) == 3


def test_hkdf_gives_the_published_answers() -> None:
    # RFC 5869, appendix A.3: SHA-256 without salt and info; the first 32 octets are those of a shorter output.
    okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert SplitKey(b"\x0b" * 22).derive(b"", 42).hex() == okm
    assert SplitKey(b"\x0b" * 22).derive(b"").hex() == okm[:64]


def test_half_is_written_for_its_owner_alone_and_never_over_another(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_half(tmp_path / "one", ONE)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600
    written = (tmp_path / "one").read_bytes()
    with pytest.raises(SetUpRefusal, match="never overwritten"):
        make_half(tmp_path / "one", ONE)
    assert (tmp_path / "one").read_bytes() == written


@pytest.mark.parametrize("role", ["", "Data Custodian", "data--custodian", "x y"])
def test_half_needs_a_plain_role(role: str, tmp_path: Path) -> None:
    with pytest.raises(SetUpRefusal, match="small letters"):
        make_half(tmp_path / "one", role)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_half_that_group_or_others_can_reach_is_refused(mode: int, tmp_path: Path) -> None:
    make_half(tmp_path / "one", ONE)
    (tmp_path / "one").chmod(mode)
    with pytest.raises(SetUpRefusal, match=f"chmod 600 {tmp_path / 'one'}"):
        half_from_file(tmp_path / "one")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"anonymiser-half-1 role 00", b"0" * 64])
def test_damaged_half_is_refused_without_being_shown(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(content)
    (tmp_path / "one").chmod(0o600)
    with pytest.raises(SetUpRefusal, match="damaged") as refused:
        half_from_file(tmp_path / "one")
    assert "0000" not in str(refused.value)


def test_missing_half_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetUpRefusal, match="cannot be read: No such file"):
        half_from_file(tmp_path / "none")


def test_two_halves_of_one_role_one_user_or_one_copy_are_refused_all_at_once() -> None:
    half = Half(role=ONE, value=bytes(range(32)), owner=1000)
    with pytest.raises(SetUpRefusal) as refused:
        join_halves(half, half)
    said = str(refused.value)
    assert "another role" in said
    assert "chown" in said
    assert "copies" in said


def test_halves_of_two_users_are_joined() -> None:
    key = join_halves(
        Half(role=ONE, value=b"\x01" * 32, owner=1000), Half(role=TWO, value=b"\x02" * 32, owner=1001)
    )
    assert key.secret == b"\x03" * 32


def test_half_of_an_older_pair_is_found_by_the_expected_key_id(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    key = join_halves(*halves, one_owner=True)
    assert join_halves(*halves, one_owner=True, expected_key_id=key.key_id) == key
    make_half(tmp_path / "newer", TWO)
    with pytest.raises(SetUpRefusal, match="another pair"):
        join_halves(halves[0], half_from_file(tmp_path / "newer"), one_owner=True, expected_key_id=key.key_id)


def test_half_comes_from_a_command_as_from_a_key_management_service(tmp_path: Path) -> None:
    make_half(tmp_path / "two", TWO)
    program = f"print(open({str(tmp_path / 'two')!r}).read())"
    assert half_from_command([sys.executable, "-c", program]).value == half_from_file(tmp_path / "two").value


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; print('secret-canary'); sys.exit(3)", "ended with code 3"),
        ("print('secret-canary')", "no half of a key"),
    ],
)
def test_command_that_fails_is_refused_and_its_output_not_repeated(program: str, said: str) -> None:
    with pytest.raises(SetUpRefusal, match=said) as refused:
        half_from_command([sys.executable, "-c", program])
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("command", "said"), [([], "whole path"), (["cat"], "whole path"), (["/no/such"], "cannot be run")]
)
def test_command_that_cannot_be_run_or_found_by_its_whole_path_is_refused(
    command: list[str], said: str
) -> None:
    with pytest.raises(SetUpRefusal, match=said):
        half_from_command(command)


def test_secrets_do_not_show_themselves(halves: tuple[Half, Half]) -> None:
    key = join_halves(*halves, one_owner=True)
    shown = repr(halves) + repr(key) + str(key)
    for secret in (key.secret, halves[0].value, halves[1].value):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
