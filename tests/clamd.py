"""A virus scanner for tests: a server of its own on a socket, which speaks what clamd documents of INSTREAM."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HARMFUL = b"an invented file that a scanner warns of"


@dataclass
class Clamd:
    """What it was sent, and what it says: by default what the file is; `says` puts another answer in its place."""

    longest: int = 5 * 1024 * 1024  # clamd's StreamMaxLength, in bytes
    says: bytes | None = None
    read: list[bytes] = field(default_factory=list)
    _server: Any = None

    def start(self, path: Path | None = None) -> None:
        """Listen on a socket file, or on a port of this machine."""
        clamd = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                clamd.answer(self.rfile, self.wfile)

        kind = socketserver.ThreadingUnixStreamServer if path else socketserver.ThreadingTCPServer
        self._server = kind(str(path) if path else ("127.0.0.1", 0), Talk)  # type: ignore[arg-type]
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, told: Any, out: Any) -> None:
        """Read one command as it stands in clamd's manual: `z` and a NUL, chunks with their length, an empty one."""
        if told.read(10) != b"zINSTREAM\0":
            out.write(b"UNKNOWN COMMAND\0")
            return
        body = b""
        while (length := struct.unpack("!L", told.read(4))[0]) > 0:
            body += told.read(length)
            if len(body) > self.longest:
                out.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.read.append(body)
        found = b"stream: Invented.Test FOUND\0" if HARMFUL in body else b"stream: OK\0"
        out.write(found if self.says is None else self.says)


@contextmanager
def listening(path: Path | None = None) -> Iterator[Clamd]:
    """A scanner that listens until the end of the block."""
    clamd = Clamd()
    clamd.start(path)
    try:
        yield clamd
    finally:
        clamd.stop()
