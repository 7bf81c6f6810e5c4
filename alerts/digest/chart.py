"""The chart of the last weeks as a PNG, drawn by hand: a few rectangles need no library.

A PNG in the mail itself is what every client shows: Outlook draws no SVG and no CSS bars, phones and QQ mail take SVG
out, and pictures from elsewhere are blocked by default. Its figures stand below it as text, so nothing is lost without
it. The background is transparent, and the colours are seen on white and on black.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from alerts.digest.value import Bar

WIDTH, HEIGHT = 1120, 200  # twice as fine as it is shown
_FLOOR = 3  # of pixels: the line that the bars stand on
_CLEAR, _VETO, _BREACH, _LINE = range(4)
COLOURS = ("#d64545", "#b8791a")  # of vetoes and of breaches
_PALETTE = bytes.fromhex("000000" + "".join(colour[1:] for colour in COLOURS) + "8a9099")
_ALPHA = bytes([0, 255, 255, 255])


def draw(bars: Sequence[Bar], slots: int) -> bytes:
    """Columns of vetoes below and breaches above, from the left, each in the middle of one of `slots` equal parts of
    the width, so that a table below it can name them."""
    rows = [bytearray(WIDTH) for _ in range(HEIGHT)]
    _fill(rows, range(WIDTH), range(HEIGHT - _FLOOR, HEIGHT), _LINE)
    most = max((bar.vetoes + bar.breaches for bar in bars), default=0) or 1
    wide = WIDTH / slots
    for number, bar in enumerate(bars):
        across = range(round(wide * (number + 0.25)), round(wide * (number + 0.75)))
        floor = HEIGHT - _FLOOR
        vetoes = round(floor * bar.vetoes / most)
        whole = round(floor * (bar.vetoes + bar.breaches) / most)
        _fill(rows, across, range(floor - whole, floor - vetoes), _BREACH)
        _fill(rows, across, range(floor - vetoes, floor), _VETO)
    return _png(rows)


def _fill(rows: Sequence[bytearray], across: range, down: range, colour: int) -> None:
    for row in down:
        rows[row][across.start : across.stop] = bytes([colour]) * len(across)


def _png(rows: Sequence[bytearray]) -> bytes:
    """PNG (RFC 2083) with a palette of 8 bits a pixel, every line unfiltered."""
    head = struct.pack(">IIBBBBB", WIDTH, len(rows), 8, 3, 0, 0, 0)
    lines = b"".join(b"\0" + row for row in rows)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", _PALETTE),
        (b"tRNS", _ALPHA),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
