"""The records of one WARC file, ours or another tool's: damage is named, everything is bounded."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from streams.connectors import Failure, Met, Probed, Response
from streams.ports.bodies import Body, Garbled, TooLarge
from streams.ports.warc import ANSWER, NOT_MODIFIED, REFERS, Taken
from streams.ports.warc_file import STEP, Member, read_member

BOUND = 32_000_000  # bytes of one record, decompressed
MAGIC = b"\x1f\x8b\x08"
TYPES: dict[str, type[Met]] = {"response": Response, "failure": Failure, "probed": Probed}
READ = frozenset({"response", "revisit", "metadata"})


class Damage(msgspec.Struct, frozen=True):
    """A place in a file that cannot be read, and why. The rest of the file is read on."""

    file: str
    offset: int
    reason: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One record. `refers` is our id of the record with its body; `keys` and `points` match revisits of any tool."""

    taken: Taken
    file: str = ""
    offset: int = 0
    number: int = 0  # among the records of one gzip member
    refers: str = ""
    revisit: bool = False
    keys: tuple[str, ...] = ()  # by what others may point at this one
    points: tuple[str, ...] = ()  # what this one points at, the surest first

    def resolved(self, origin: Taken) -> Taken:
        """The same moment, with the body of the record that it points at; a 304 becomes what it stands for."""
        mine, body = self.taken.answer, origin.answer
        if isinstance(mine, Failure) or isinstance(body, Failure):
            return self.taken
        if mine.status == 304:
            headers = body.headers | mine.headers
            whole = msgspec.structs.replace(mine, status=body.status, body=body.body, headers=headers)
        else:
            whole = msgspec.structs.replace(mine, body=body.body)
        return msgspec.structs.replace(self.taken, answer=whole)


def scan(path: Path, bound: int = BOUND) -> Iterator[Found | Damage]:
    """Every look of one file in its order, and every damage."""
    with path.open("rb") as handle:
        if handle.read(2) != MAGIC[:2]:
            handle.seek(0)
            yield from _plain(handle, path, bound)
            return
        offset: int | None = 0
        while offset is not None:
            member = read_member(handle, offset, bound)
            if member.fault == "no record":
                return
            if member.fault or member.large:
                yield Damage(str(path), offset, member.fault or f"a record of more than {bound} bytes")
            else:
                yield from _parsed(member.data, path, offset, bound)
            offset = _next_member(handle, offset + 1) if member.fault else member.end


def _next_member(handle: BinaryIO, offset: int) -> int | None:
    """The next place after damage where a gzip member begins that holds a WARC record."""
    handle.seek(offset)
    tail = b""
    while chunk := handle.read(STEP):
        block = tail + chunk
        start = handle.tell() - len(block)
        at = block.find(MAGIC)
        while at >= 0:
            if _begins(handle, start + at):
                return start + at
            at = block.find(MAGIC, at + 1)
        handle.seek(start + len(block))
        tail = block[-2:]
    return None


def _begins(handle: BinaryIO, offset: int) -> bool:
    handle.seek(offset)
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(handle.read(STEP), 5).startswith(b"WARC/")
    except zlib.error:
        return False


def records_at(handle: BinaryIO, path: Path, offset: int, bound: int) -> Iterator[Found | Damage]:
    """The looks of the gzip member at this offset, or those from here on in a file that is not compressed."""
    handle.seek(offset)
    if handle.read(2) != MAGIC[:2]:
        handle.seek(offset)
        yield from _plain(handle, path, bound)
        return
    member: Member = read_member(handle, offset, bound)
    if not member.fault and not member.large:
        yield from _parsed(member.data, path, offset, bound)


def read_at(path: Path, offset: int) -> Found | None:
    """The one record at this place; None where there is none that can be read."""
    try:
        with path.open("rb") as handle:
            return next((one for one in records_at(handle, path, offset, BOUND) if isinstance(one, Found)), None)
    except OSError:
        return None


def _plain(handle: BinaryIO, path: Path, bound: int) -> Iterator[Found | Damage]:
    """The records of a file that is not compressed; each has an offset of its own."""
    for record, offset in _iterated(handle, path):
        if isinstance(record, Damage):
            yield record
        elif (one := _look(record, path, offset, 0, bound)) is not None:
            yield one


def _parsed(data: bytes, path: Path, offset: int, bound: int) -> Iterator[Found | Damage]:
    """The records of one gzip member: one by the standard, all of them where a tool packed the file as a whole."""
    for number, (record, _) in enumerate(_iterated(BytesIO(data), path, offset)):
        if isinstance(record, Damage):
            yield record
        elif (one := _look(record, path, offset, number, bound)) is not None:
            yield one


def _iterated(handle: Any, path: Path, base: int | None = None) -> Iterator[tuple[Any, int]]:
    iterator = ArchiveIterator(handle)
    place = base or 0
    try:
        for record in iterator:
            place = iterator.offset if base is None else base
            yield record, place
    except (ArchiveLoadFailed, ValueError, EOFError, AttributeError, IndexError) as error:
        # warcio meets damage in all these ways.
        yield Damage(str(path), place, f"not a WARC record: {' '.join(str(error).split())[:200]}"), place


def _look(record: Any, path: Path, offset: int, number: int, bound: int) -> Found | Damage | None:
    """What a record says of a look; None for records about other things."""
    headers = record.rec_headers
    url, told = headers.get_header("WARC-Target-URI"), headers.get_header(ANSWER) or ""
    if record.rec_type not in READ or not url or (record.rec_type == "metadata" and not told):
        return None
    try:
        time = datetime.fromisoformat(headers.get_header("WARC-Date") or "")
        answer = _answer(record, told, url, bound)
    except (ValueError, msgspec.MsgspecError, TooLarge) as error:
        return Damage(str(path), offset, f"{record.rec_type} of {url[:200]}: {error}")
    if answer is None:
        return None
    revisit = record.rec_type == "revisit"
    keys, points = _keys(headers, url)
    return Found(
        taken=Taken(time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC), url, answer),
        file=str(path),
        offset=offset,
        number=number,
        refers=(headers.get_header(REFERS) or "") if revisit else "",
        revisit=revisit,
        keys=keys,
        points=points if revisit else (),
    )


def _keys(headers: Any, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    get = headers.get_header
    digest = get("WARC-Payload-Digest") or ""
    keys = (get("WARC-Record-ID") or "", f"{url} {get('WARC-Date')}", digest)
    points = (
        get("WARC-Refers-To") or "",
        f"{get('WARC-Refers-To-Target-URI')} {get('WARC-Refers-To-Date')}",
        "" if get("WARC-Profile") == NOT_MODIFIED else digest,
    )
    return tuple(key for key in keys if key), tuple(point for point in points if point)


def _answer(record: Any, told: str, url: str, bound: int) -> Met | None:
    kind, _, text = told.partition(" ")
    if record.rec_type == "metadata":
        return msgspec.json.decode(text, type=TYPES[kind]) if kind in TYPES else None
    http = record.http_headers
    if http is None:
        if record.rec_type == "revisit":
            return Response(status=200, url=url)
        return None  # dns:, whois: and the like
    headers: dict[str, str] = {}
    for name, value in http.headers:
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    try:
        body = b"" if record.rec_type == "revisit" else _body(record, headers, bound)
    except Garbled as error:
        return Failure(cause="encoding", detail=str(error))
    if kind in ("response", "probed"):
        base = msgspec.json.decode(text, type=TYPES[kind])
        return msgspec.structs.replace(base, headers=_original(headers), body=body)
    return Response(status=int(http.get_statuscode()), headers=headers, body=body, url=url)


def _original(headers: dict[str, str]) -> dict[str, str]:
    """The headers as they came: those of framing were put aside when the body was kept decoded."""
    prefix = "x-archive-orig-"
    aside = {name.removeprefix(prefix): value for name, value in headers.items() if name.startswith(prefix)}
    kept = {name: value for name, value in headers.items() if not name.startswith(prefix) and name != "content-length"}
    return kept | aside


def _body(record: Any, headers: dict[str, str], bound: int) -> bytes:
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    body = Body(bound, headers.get("content-encoding", ""))
    read = 0
    while chunk := stream.read(STEP):
        read += len(chunk)
        body.feed(chunk)
    if not chunked and read < record.payload_length:
        raise ValueError(f"the record ends {record.payload_length - read} bytes early")
    return body.finish()
