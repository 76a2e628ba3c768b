"""A narrative that comes as XML elements, written again as the XHTML text that FHIR JSON carries."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from fhir.strict_json import MAX_DEPTH, refused

XHTML: Final = "http://www.w3.org/1999/xhtml"
XML: Final = "http://www.w3.org/XML/1998/namespace"


class NarrativeText:
    """The text of a div, written again as its elements come: prefixes and declarations do not matter."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self._pieces = [f'<div xmlns="{XHTML}"{_written(attributes)}>']
        self._names = ["div"]
        self._opened = 0  # how many pieces there were when the last element opened; 0 once it is closed

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element below the div."""
        if len(self._names) > MAX_DEPTH:
            raise refused(f"A narrative is nested deeper than {MAX_DEPTH} levels. Flatten it.")
        name = tag.rpartition(" ")[2]
        self._names.append(name)
        self._pieces.append(f"<{name}{_written(attributes)}>")
        self._opened = len(self._pieces)

    def end(self) -> bool:
        """Take the end of an element; false when it was the div's own."""
        name = self._names.pop()
        if len(self._pieces) == self._opened:
            self._pieces[-1] = self._pieces[-1][:-1] + "/>"
            self._opened = 0
        else:
            self._pieces.append(f"</{name}>")
        return bool(self._names)

    def say(self, text: str) -> None:
        """Take text between elements."""
        self._pieces.append(escape(text))

    def text(self) -> str:
        """Return the div as XHTML."""
        return "".join(self._pieces)


def _written(attributes: dict[str, str]) -> str:
    return "".join(
        f" {name.replace(XML + ' ', 'xml:')}={quoteattr(value)}"
        for name, value in attributes.items()
        if " " not in name or name.startswith(XML)
    )
