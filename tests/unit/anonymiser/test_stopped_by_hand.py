"""Whoever presses Ctrl-C is told that nothing came out, and no more."""

import pytest

from anonymiser.__main__ import STOPPED, main


def test_a_command_that_is_stopped_says_so_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("anonymiser.__main__.verify_release", stop)
    assert main(["verify", "--release", "anywhere"], {}) == STOPPED
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "Nothing was released" in told.err
