"""A body on its way in: bounded in bytes, time, depth and rate, and nothing but JSON that means one thing."""

from __future__ import annotations

import json
import math
import threading
import time
from typing import Any

import anyio
import msgspec
from starlette.requests import ClientDisconnect, Request

from zhiban.api.problems import Problem

MOST = 1_000_000  # bytes of a body
SECONDS = 30.0  # in which it must have come
DEEPEST = 5
HANG_UP = {"Connection": "close"}  # what is still to come is not read
RATE, BURST = 20.0, 60.0  # requests a second, and at once


class Rate:
    """So many a second, and a few more at once; of all senders together."""

    def __init__(self, per_second: float = RATE, burst: float = BURST) -> None:
        """`burst` may come at once."""
        self._per_second, self._burst = per_second, burst
        self._left, self._at = burst, time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count one; raises Problem that says when there is room again."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
            self._at = now
            if self._left < 1:
                seconds = str(math.ceil((1 - self._left) / self._per_second))
                raise Problem("too_fast", 429, headers={"Retry-After": seconds}, expected=seconds)
            self._left -= 1


async def json_of(request: Request) -> Any:
    """The decoded body; raises Problem."""
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.replace(" ", "").replace('"', "").lower()
    encoding = request.headers.get("content-encoding", "identity")
    if kind.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"} or encoding != "identity":
        found = f"{kind.strip()}; {charset}; {encoding}".replace("; ;", ";")
        raise Problem("not_json", 415, found=found, expected="application/json")
    return decoded(await body_of(request))


async def body_of(request: Request) -> bytes:
    """The bytes, no more than are allowed of them; raises Problem."""
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or len(told) > 9 or int(told) > MOST:
        raise Problem("too_large", 413, headers=HANG_UP, found=told, expected=MOST)
    body = bytearray()
    try:
        with anyio.fail_after(SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST:
                    raise Problem("too_large", 413, headers=HANG_UP, found=len(body), expected=MOST)
    except TimeoutError:
        raise Problem("too_slow", 408, headers=HANG_UP, expected=SECONDS) from None
    except ClientDisconnect:
        raise Problem("bad_json", 400, found="—", expected="JSON") from None
    return bytes(body)


def decoded(body: bytes) -> Any:
    """What the JSON says; raises Problem where it says nothing, or two things at once."""
    try:
        msgspec.json.decode(body)  # strict about text that no database takes: NaN, half of a surrogate pair
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise Problem("bad_json", 400, found=_in_few_words(error), expected="JSON, UTF-8") from None
    if _deeper(found, DEEPEST):
        raise Problem("bad_json", 400, found="depth", expected=f"depth {DEEPEST}")
    return found


def _in_few_words(error: Exception) -> str:
    """What is wrong and where, without the text that it is wrong in."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}: {error.pos}"
    if isinstance(error, UnicodeDecodeError):
        return f"{error.reason}: {error.start}"
    return str(error) if isinstance(error, msgspec.MsgspecError) else type(error).__name__


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Problem("twice_in_json", 400, field=name, found=name, expected="1")
        found[name] = value
    return found


def _deeper(value: Any, depth: int) -> bool:
    if depth == 0:
        return isinstance(value, dict | list)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_deeper(one, depth - 1) for one in inside)
