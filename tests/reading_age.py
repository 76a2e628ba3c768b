"""How hard a page is to read: the Flesch-Kincaid grade of its own words, plus five as the age of who can read it.

The library `readability` measures; it takes some short words for no syllable at all ("the"), so that the grade is
counted with our own syllables too and the harder of the two holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

import readability

_BLOCKS = {
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "dt",
    "dd",
    "legend",
    "label",
    "button",
    "td",
    "th",
    "summary",
    "caption",
    "option",
}
_SKIPPED = {"header", "footer", "nav", "script", "style", "title"}
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
_VOWELS = re.compile(r"[aeiouy]+")
_VOID = {"input", "meta", "link", "br", "img", "hr", "path"}
_SHORTEST = 3  # words; a label of two is no sentence


class _Prose(HTMLParser):
    """The text of blocks inside <main>, without what people themselves wrote (class bs-words)."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.blocks: list[str] = [""]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.blocks.append("")
        if tag not in _VOID:
            theirs = "bs-words" in (dict(attributes).get("class") or "")
            self.open.append((tag, theirs))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag in _BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        tags = {tag for tag, _ in self.open}
        if "main" in tags and not tags & _SKIPPED and not any(theirs for _, theirs in self.open):
            self.blocks[-1] += data


def sentences_of(html: str) -> list[list[str]]:
    """Return the sentences of a page as words; each block ends a sentence."""
    prose = _Prose()
    prose.feed(html)
    parts = [part for block in prose.blocks for part in re.split(r"(?<=[.!?:;])\s+", " ".join(block.split()))]
    found = [_WORD.findall(part) for part in parts]
    return [words for words in found if len(words) >= _SHORTEST]


def syllables(word: str) -> int:
    """Return about how many syllables an English word has: groups of vowels, a silent e left out; one at least."""
    letters = re.sub(r"['’].*", "", word.lower())
    count = len(_VOWELS.findall(letters))
    silent = letters.endswith("e") and not letters.endswith(("le", "ee", "ye")) and count > 1
    silent = silent or (letters.endswith("ed") and not letters.endswith(("ted", "ded")) and count > 1)
    return max(1, count - silent)


def without(html: str, names: Iterable[str]) -> str:
    """Return a page without names of people, groups and services: they are nobody's to make easier."""
    for name in sorted(names, key=len, reverse=True):
        html = html.replace(name, " ")
    return html


def reading_age(html: str) -> float:
    """Return the age in years at which a page can be read (Kincaid and others, 1975: grade + 5)."""
    sentences = sentences_of(html)
    words = [word for sentence in sentences for word in sentence]
    if not words:
        raise ValueError("there is nothing to read")
    lines = [" ".join(sentence) for sentence in sentences]
    by_library = readability.getmeasures(lines, lang="en")["readability grades"]["Kincaid"]
    per_sentence = len(words) / len(sentences)
    per_word = sum(map(syllables, words)) / len(words)
    return float(max(by_library, 0.39 * per_sentence + 11.8 * per_word - 15.59)) + 5
