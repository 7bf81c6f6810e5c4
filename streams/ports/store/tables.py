"""The tables. Moments are whole microseconds since 1970 UTC; values are JSON by `streams.codec`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC of an aware moment."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC moment."""
    return EPOCH + value * MICROSECOND


def moment_or_none(value: int | None) -> datetime | None:
    """The aware UTC moment, or None."""
    return None if value is None else from_micros(value)


def micros_or_none(moment: datetime | None) -> int | None:
    """Whole microseconds, or None."""
    return None if moment is None else to_micros(moment)


metadata = MetaData()

partitions = Table(
    "partitions",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=False),  # of the log, where this database is the log
    Column("last_time", BigInteger, nullable=False),  # log time of the last record appended
    Column("read_epoch", Integer, nullable=False),  # position of the last record applied
    Column("read_offset", BigInteger, nullable=False),
    Column("tick", BigInteger),  # the last tick whose dues have all been settled
    # Of what was told through the database where Kafka is the log: the last one relayed, and the last one applied.
    Column("relayed", BigInteger, nullable=False, server_default="0"),
    Column("told", BigInteger, nullable=False, server_default="0"),
)

log = Table(
    "log",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("subject", String(200), nullable=False),
    Column("source", String(400), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("log_by_source", "source", "time"),
)

subjects = Table(
    "subjects",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("epoch", Integer),
    Column("offset", BigInteger),
    Column("clock", BigInteger),
    Column("count", BigInteger, nullable=False),
    Column("version", String(80), nullable=False),
    Column("body", LargeBinary),
    Index("subjects_by_partition", "partition"),
)

bundles = Table(
    "bundles",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("source", String(400), primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("due", BigInteger),
    Column("body", LargeBinary, nullable=False),
    Index("bundles_by_due", "partition", "due"),
)

items = Table(
    "items",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("source", String(400), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("first_seen", BigInteger, nullable=False),
    Column("day", Integer),  # the shown day, as a proleptic ordinal
)

findings = Table(
    "findings",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("event", String(10), nullable=False),
    Column("id", String(40), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("level", String(10), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("findings_by_time", "time", "subject", "n"),
    Index("findings_by_id", "id"),
)

messages = Table(
    "messages",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("source", String(400), primary_key=True),
    Column("message", String(200), primary_key=True),
    Column("deed", String(20), primary_key=True),
    Column("at", BigInteger, primary_key=True),  # its own time
    Column("seen", BigInteger, nullable=False),  # log time
    Column("body", LargeBinary, nullable=False),
)

message_texts = Table(
    "message_texts",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("source", String(400), primary_key=True),
    Column("message", String(200), primary_key=True),
    Column("part", String(20), primary_key=True),  # question or reply
    Column("at", BigInteger, primary_key=True),  # when that was
    Column("keep_until", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # masked
    Index("message_texts_by_end", "keep_until"),
)

matters = Table(
    "matters",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("subject", String(200), nullable=False),
    Column("n", BigInteger, nullable=False),  # of the last finding about it
    Index("matters_by_subject", "subject"),
)

polls = Table(
    "polls",
    metadata,
    Column("source", String(400), primary_key=True),
    Column("subject", String(200), nullable=False),
    Column("host", String(255), nullable=False),
    Column("next_at", BigInteger),  # None: retired, no longer read
    Column("lease_until", BigInteger),
    Column("lease_by", String(80)),
    Column("asked_at", BigInteger),  # the log's clock when the look under way was leased
    Column("ask", BigInteger),  # a good look of this moment or later is wanted
    Column("body", LargeBinary, nullable=False),  # the source
    Column("cursor", LargeBinary, nullable=False),
    Column("kept", LargeBinary, nullable=False),  # what the appender last wrote, and the hour's tally
    Index("polls_by_next", "next_at"),
    Index("polls_by_host", "host", "next_at"),
)
# What is out: few at any time.
Index(
    "polls_out",
    polls.c.host,
    polls.c.lease_until,
    sqlite_where=polls.c.lease_until.is_not(None),
    postgresql_where=polls.c.lease_until.is_not(None),
)

# Derived from `polls` but for the last three; see `streams.ports.store.hosts`.
hosts = Table(
    "hosts",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("due_at", BigInteger, nullable=False),  # when something there is to be claimed, or before
    Column("out", Integer, nullable=False, server_default="0"),  # looks under way
    Column("kept_by", String(80), nullable=False, server_default=""),  # the worker that alone has looks out there
    Column("kept_until", BigInteger),  # None: nobody has
    Column("next_start", BigInteger, nullable=False, server_default="0"),  # how the last worker stood with it
    Column("away_until", BigInteger, nullable=False, server_default="0"),
    Column("refusals", Integer, nullable=False, server_default="0"),
    Index("hosts_by_due", "due_at"),
)

desk = Table(
    "desk",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("key", String(400), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# The ledger as it was folded up to the ends of the last weeks; see `streams.ports.store.weeks`.
weeks = Table(
    "weeks",
    metadata,
    Column("until", BigInteger, primary_key=True, autoincrement=False),
    Column("version", String(80), nullable=False),  # of the code that folded it
    Column("body", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("channel", String(80), nullable=False),
    Column("recipient", String(400), nullable=False),
    Column("state", String(20), nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("next_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", BigInteger),
    Column("answer", Text, nullable=False),
    Column("lease_until", BigInteger),
    Column("body", LargeBinary, nullable=False),
    Column("unsure", Integer, nullable=False, server_default="0"),  # 1: an attempt may have been taken unanswered
    Index("outbox_by_next", "state", "next_at"),
)

# Attempts under way and lately, of channels that have a pace; see `streams.ports.store.pacing`.
sendings = Table(
    "sendings",
    metadata,
    Column("key", String(120), primary_key=True),  # the letter's
    Column("began_at", BigInteger, primary_key=True),
    Column("channel", String(80), nullable=False),
    Column("recipient", String(400), nullable=False),
    Column("ended_at", BigInteger, nullable=False),  # while under way: the end of the lease
    Index("sendings_by_channel", "channel", "ended_at"),
)

# Channels whose service said that it is sent too many.
pauses = Table(
    "pauses", metadata, Column("channel", String(80), primary_key=True), Column("until", BigInteger, nullable=False)
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("what", String(40), nullable=False),
    Column("place", String(400), nullable=False, unique=True),  # where it stands: "log/0/1/17", "look/malformed/SOURCE"
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("settled_at", BigInteger),  # when it was read again with success, and what became of it
    Column("outcome", Text, nullable=False, server_default=""),
    Column("published", Integer, nullable=False, server_default="0"),  # 1: it went out as a dead letter
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),  # of what one worker alone may do
    Column("holder", String(200), nullable=False),
    Column("until", BigInteger, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)
