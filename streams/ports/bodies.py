"""Bodies, read within bounds: decompression goes in small steps, so that a bomb ends at the bound."""

from __future__ import annotations

import zlib

STEP = 65_536
SLACK = 65_536  # headers and trailers of compressed streams, beside the body's own bound
ZLIB, RAW, GZIP = zlib.MAX_WBITS, -zlib.MAX_WBITS, zlib.MAX_WBITS | 16
UNSUPPORTED = frozenset({"br", "zstd", "compress", "x-compress"})


class TooLarge(Exception):
    """The body goes beyond its bound."""


class Garbled(Exception):
    """The body is not what its Content-Encoding says."""


def coding(content_encoding: str) -> str:
    """Name the coding of a Content-Encoding header: gzip, deflate, or "" for none.

    Raises `Garbled` for one that we cannot undo. Words that are no coding at all (servers send `utf-8`) are passed
    over, as browsers do.
    """
    words = [word.strip().lower().removeprefix("x-") for word in content_encoding.split(",")]
    known = [word for word in words if word in ("gzip", "deflate")]
    if len(known) > 1 or UNSUPPORTED.intersection(words):
        raise Garbled(f"content-encoding {content_encoding[:60]!r} where gzip or deflate was asked for")
    return known[0] if known else ""


class Body:
    """Collects a body up to `bound` decoded bytes. `feed` what arrives, then `finish`."""

    def __init__(self, bound: int, content_encoding: str = "") -> None:
        """Expect this Content-Encoding; raises `Garbled`."""
        self._bound = bound
        self._coding = coding(content_encoding)
        self._parts: list[bytes] = []
        self._size = self._read = 0
        self._inflater = zlib.decompressobj(GZIP if self._coding == "gzip" else ZLIB) if self._coding else None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes off the wire; raises `TooLarge` or `Garbled`."""
        self._read += len(chunk)
        if self._read > self._bound + SLACK:
            raise TooLarge(f"more than {self._bound} bytes on the wire")
        if self._inflater is None:
            self._take(chunk)
        elif chunk:
            self._inflate(chunk)

    def finish(self) -> bytes:
        """The whole body; raises `Garbled` if a compressed one ends before its end."""
        if self._inflater is not None and self._read and not self._inflater.eof:
            raise Garbled(f"the {self._coding} stream ends before its end")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    @property
    def so_far(self) -> bytes:
        """What has been decoded until now, up to the bound."""
        return b"".join(self._parts)

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._bound:
            self._parts.append(data[: self._bound - self._size])
            raise TooLarge(f"more than {self._bound} bytes")
        self._parts.append(data)

    def _inflate(self, chunk: bytes) -> None:
        assert self._inflater is not None
        while chunk:
            if self._inflater.eof:
                # A second member may follow the first (gzip's own rule); anything else after the end is padding.
                if self._coding != "gzip" or chunk[:2] not in (b"\x1f\x8b", b"\x1f"):
                    return
                self._inflater = zlib.decompressobj(GZIP)
            data = self._step(chunk)
            if data:
                self._take(data)
            chunk = self._inflater.unused_data or self._inflater.unconsumed_tail

    def _step(self, chunk: bytes) -> bytes:
        assert self._inflater is not None
        try:
            return self._inflater.decompress(chunk, STEP)
        except zlib.error as error:
            if self._coding == "deflate" and not self._size:
                return self._raw(chunk)
            raise Garbled(f"not a {self._coding} stream: {error}") from error

    def _raw(self, chunk: bytes) -> bytes:
        # "deflate" means zlib, but servers of one large maker send the bare stream and browsers take both.
        self._coding, self._inflater = "bare deflate", zlib.decompressobj(RAW)
        return self._step(chunk)
