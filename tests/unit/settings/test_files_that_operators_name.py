"""A file or folder that an operator names and that does not do is told in a sentence, never by a traceback."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from anonymiser.__main__ import main as anonymise
from app.cli import main


@pytest.mark.parametrize("name", ["folder", "junk", "junk/key.pem"])
def test_signing_key_of_the_audit_cannot_be_made_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "junk").write_text("precious")
    monkeypatch.setattr(sys, "argv", ["app", "audit", "key", str(tmp_path / name)])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert (tmp_path / "junk").read_text() == "precious"


@pytest.mark.parametrize(("command", "option"), [("keygen", "--keys"), ("escrow-keygen", "--escrow-keys")])
def test_keys_cannot_be_made_in_a_file(
    command: str, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junk").write_text("precious")
    assert anonymise([command, option, str(tmp_path / "junk")], {}) == 2
    assert "cannot be written" in capsys.readouterr().err
