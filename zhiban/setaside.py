"""What lies in quarantine, read once more: by today's code, from the bytes that were kept, and given back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from streams.codec import decode_body
from streams.connectors import Connector, Cursor
from streams.looks import Outcome
from streams.ports.clock import Clock
from streams.ports.evidence import Evidence
from streams.ports.store import Store
from streams.ports.warc_read import Found
from streams.subjects import Source
from zhiban.replaying import answered


class Piece(msgspec.Struct, frozen=True):
    """One piece, and why it was put aside. `body` is a record's bytes, or the evidence id of a look."""

    what: str
    place: str
    reason: str
    at: datetime
    body: bytes = b""


class Again(msgspec.Struct, frozen=True):
    """What a piece reads like now; `fault` is "" where it can be read."""

    piece: Piece
    fault: str


def pieces(store: Store) -> list[Piece]:
    """Everything in quarantine, the oldest first."""
    with store.read() as tx:
        return [Piece(*row, tx.quarantined_piece(row[1]) or b"") for row in tx.quarantined()]


async def read_again(
    store: Store, evidence: Evidence, connectors: Mapping[str, Connector], clock: Clock
) -> list[Again]:
    """Read every piece by today's code. One that can be read now is given back: a record is appended to the log once
    more, a look is made anew at once; the piece is settled in the same transaction, and never taken up again."""
    with store.read() as tx:
        sources = {source.id: source for source in tx.sources()}
    found = []
    for piece in pieces(store):
        source = sources.get(piece.place.split("/", 2)[2])
        fault = await _look(piece, source, evidence, connectors) if piece.what == "look" else _told(piece)
        found.append(Again(piece, fault or _given_back(store, piece, clock.now())))
    return found


def _given_back(store: Store, piece: Piece, now: datetime) -> str:
    """Give a piece back that can be read; what stands in the way, or ""."""
    _, _, place = piece.place.partition("/")
    with store.write() as tx:
        if piece.what == "look":
            tx.look_now(place.partition("/")[2], tx.log_time(now))
            tx.settle_piece(piece.place, "looked at again", now)
        else:
            partition, epoch, offset = map(int, place.split("/"))
            if not tx.append_again(partition, epoch, offset, now):
                return "it stands in the log no more"
            tx.settle_piece(piece.place, "appended again", now)
    return ""


def _told(piece: Piece) -> str:
    """A record by today's code; a row of somebody's file is theirs to put right, and settled by the next import."""
    return "its file is to be put right and imported again" if piece.what == "message" else _record(piece)


def _record(piece: Piece) -> str:
    try:
        decode_body(piece.body)
    except msgspec.MsgspecError as error:
        return str(error)
    return ""


async def _look(piece: Piece, source: Source | None, evidence: Evidence, connectors: Mapping[str, Connector]) -> str:
    if source is None or source.connector not in connectors:
        return "its source is no longer read"
    taken = await evidence.fetch(piece.body.decode())
    if taken is None:
        return "its evidence is no longer kept"
    conversation = connectors[source.connector].look(source, Cursor(), taken.asked_at)
    reading = answered(conversation, Found(taken=taken), {})
    return "" if reading.outcome is Outcome.GOOD else f"{reading.cause}: {reading.detail}"
