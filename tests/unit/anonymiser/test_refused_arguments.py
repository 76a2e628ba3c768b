"""What is wrong with the words of a command is said in one clear sentence."""

from pathlib import Path

import pytest

from anonymiser.__main__ import main
from anonymiser.keys import make_keys


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--national-answer-date", "22 November"], "'22 November' is no day: give it as 2026-11-22"),
        (["--also-private", "-1"], "'-1' is not a number above 0: give one such as 0.5"),
    ],
)
def test_argument_that_cannot_be_read(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["release", "--extract", "x", "--out", "y", "--keys", "z", *words], {})
    assert said in capsys.readouterr().err


def test_extract_that_is_not_there_and_a_total_of_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys(tmp_path / "keys")
    rest = [
        "--out",
        str(tmp_path / "out"),
        "--keys",
        str(tmp_path / "keys"),
        "--extract",
        str(tmp_path / "no"),
    ]
    assert main(["release", *rest], {}) == 1
    assert f"{tmp_path / 'no'}: the file cannot be read or written (No such file" in capsys.readouterr().err
    assert main(["release", *rest, "--private-total", "1"], {}) == 2
    assert "give that too" in capsys.readouterr().err
