"""A hash that is taken beside the work is that of all that was read, in its order."""

import hashlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from anonymiser.errors import Refusal
from anonymiser.hashing import AT_ONCE, Hashing, HeardFile, ahead, beside, each_ahead


@pytest.mark.parametrize("size", [0, 1, 1000, 3 * AT_ONCE + 5])
@pytest.mark.parametrize("step", [700, AT_ONCE])
def test_a_file_that_was_read_is_known_by_its_hash(tmp_path: Path, size: int, step: int) -> None:
    content = b"first line\n" + bytes(at % 251 for at in range(size))
    path = tmp_path / "file"
    path.write_bytes(content)
    with path.open("rb") as file, Hashing() as hashing:
        heard = HeardFile(file, hashing)
        read = [heard.readline(1024)]
        while part := heard.read(step):
            read.append(part)
        told = heard.hexdigest()
    assert b"".join(read) == content
    assert told == hashlib.sha256(content).hexdigest()


def test_what_was_not_read_is_not_in_the_hash() -> None:
    with Hashing() as hashing:
        heard = HeardFile(io.BytesIO(b"one\ntwo\n"), hashing)
        heard.readline(1024)
        assert heard.hexdigest() == hashlib.sha256(b"one\n").hexdigest()
        heard.read(1024)
        assert heard.hexdigest() == hashlib.sha256(b"one\ntwo\n").hexdigest()


def test_parts_that_are_made_ahead_are_the_same_in_their_order() -> None:
    assert [*ahead(iter([b"one", b"", b"two"]))] == [b"one", b"", b"two"]
    assert [*ahead(iter([]))] == []


def test_a_refusal_while_a_part_is_made_comes_after_the_parts_before_it() -> None:
    def parts() -> Iterator[bytes]:
        yield b"one"
        raise Refusal("The seal is broken.")

    coming = ahead(parts())
    assert next(coming) == b"one"
    with pytest.raises(Refusal, match="The seal is broken"):
        next(coming)


def test_parts_that_are_worked_on_side_by_side_come_in_their_order() -> None:
    later = threading.Event()

    def work(part: int) -> int:
        if part == 0:
            assert later.wait(timeout=60)  # were it done alone and first, it would wait in vain
        later.set()
        return part * part

    assert [*each_ahead(work, range(7))] == [0, 1, 4, 9, 16, 25, 36]
    assert [*each_ahead(work, [])] == []


def test_few_parts_are_worked_on_before_they_are_wanted() -> None:
    taken: list[int] = []

    def parts() -> Iterator[int]:
        for part in range(1000):
            taken.append(part)
            yield part

    assert next(each_ahead(str, parts())) == "0"
    assert len(taken) < 10


def test_a_refusal_at_a_part_comes_after_the_parts_before_it() -> None:
    def work(part: int) -> int:
        if part == 3:
            raise Refusal("It is no number.")
        return part

    coming, found = each_ahead(work, range(9)), []
    with pytest.raises(Refusal, match="It is no number"):
        found.extend(coming)
    assert found == [0, 1, 2]


def test_work_beside_a_block_goes_on_meanwhile_and_gives_what_it_gives() -> None:
    seen = threading.Event()
    with beside(lambda: seen.wait(timeout=60)) as working:
        seen.set()  # had the work to be done first, it would wait in vain
        assert working() is True
        assert working() is True


def test_what_stops_work_beside_a_block_is_told_where_it_is_asked_for() -> None:
    def work() -> int:
        raise Refusal("There is nobody to count.")

    with beside(work) as working:
        for _ in range(2):
            with pytest.raises(Refusal, match="nobody to count"):
                working()


def test_a_block_that_is_refused_ends_when_the_work_beside_it_has() -> None:
    done: list[str] = []
    going = threading.Event()

    def work() -> None:
        going.wait(timeout=60)
        done.append("work")

    def block() -> None:
        with beside(work):
            going.set()
            raise Refusal("The rows are refused.")

    with pytest.raises(Refusal, match="rows"):
        block()
    assert done == ["work"]
