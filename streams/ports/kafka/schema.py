"""What stands in a Kafka record: the versioned envelope. Golden files of every version decode for ever.

Log time is in the value. The record's own timestamp is the broker's (`LogAppendTime`): retention looks at it, and a
replayed event must not be deleted for its age.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from streams.codec import encode
from streams.ports.store.log import Logged
from streams.records import Body, Position, Record

VERSION = 1
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record as the topic holds it. `told` numbers what was told through the database, from 1, in each partition:
    a relay that died between the broker's answer and its own note sends it again, and it counts once. `epoch` is the
    log's when it was appended: a topic may hold what was applied before a cut."""

    v: int
    time: datetime
    subject: str
    body: Body
    told: int = 0
    epoch: int = 1


class Cut(Exception):
    """The log has begun another epoch since this worker began, or than this database knows of."""


class _Version(msgspec.Struct):
    v: int


_decode = msgspec.json.Decoder(Envelope).decode
_version = msgspec.json.Decoder(_Version).decode


def encode_record(record: Record, told: int = 0, epoch: int = 1) -> bytes:
    """The record as the topic's value."""
    return encode(Envelope(VERSION, record.time, record.subject, record.body, told, epoch))


def refuse_cut(found: int, ours: int) -> None:
    """Raise Cut where `found` is not our epoch."""
    if found != ours:
        message = f"epoch {found}, and this worker works in epoch {ours}: its supervisor must start it again"
        raise Cut(message)


def decode_record(position: Position, value: bytes) -> Logged:
    """The record where it stands. What cannot be read keeps its bytes and says why; the rest goes on.

    A record of an epoch before is none any more. Raises Cut for one of a later epoch: an old database has been restored
    beside a log that has gone on, and would take what is not for it.
    """
    try:
        found = _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Logged(position, EPOCH, None, str(error), value)
    if found.v > VERSION:
        fault = f"version {found.v}: expected at most {VERSION}; a newer Zhiban wrote this"
        return Logged(position, EPOCH, None, fault, value)
    if found.epoch < position.epoch:
        return Logged(position, found.time, None)
    refuse_cut(found.epoch, position.epoch)
    return Logged(position, found.time, Record(found.time, found.subject, found.body), told=found.told)
