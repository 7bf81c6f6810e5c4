"""A Faust agent as a limit: `python -m benchmarks.noop BROKER TOPIC COUNT [DATABASE]`.

Prints how many records a second it took, of COUNT, and its CPU seconds for each, from the first batch on: the same app
and the same batches as an agents worker. Without a DATABASE it takes and acknowledges, and nothing else. With one (a
libpq URL) each batch is a transaction that writes every subject's position and an outbox row for each record, and
judges nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence

from streams.codec import encode
from streams.ports.kafka.consuming import Consuming, Take, build_app, run_app
from streams.ports.store.log import Logged

TABLES = """
drop table if exists bare_positions, bare_outbox;
create table bare_positions (subject text primary key, place bigint not null);
create table bare_outbox (part int, place bigint, subject text not null, body bytea not null, primary key (part, place))
"""
POSITIONS = """
insert into bare_positions select * from unnest(%b::text[], %b::bigint[])
on conflict (subject) do update set place = excluded.place where bare_positions.place < excluded.place
"""
OUTBOX = "insert into bare_outbox select * from unnest(%b::int[], %b::bigint[], %b::text[], %b::bytea[])"


def main() -> None:
    """Take COUNT records, say how fast and at what cost, and end at once."""
    broker, topic, count, *database = sys.argv[1:]
    take = timed(bare(*database) if database else lambda _batches: None, int(count))
    with tempfile.TemporaryDirectory() as folder:
        settings = Consuming(
            servers=(broker,), topic=topic, group=f"noop-{os.getpid()}", epoch=1, datadir=folder, within=0.02
        )
        run_app(build_app(settings, take, on_failure=lambda _error: None))


def timed(take: Take, count: int) -> Take:
    """`take`, ended with the process after nine tenths of `count`; the first batch only starts the watch."""
    seen, begin, spent = 0, 0.0, 0.0

    def measured(batches: Mapping[int, Sequence[Logged]]) -> None:
        nonlocal seen, begin, spent
        take(batches)
        if begin == 0.0:
            begin, spent = time.perf_counter(), time.process_time()
            return
        seen += sum(map(len, batches.values()))
        if seen > count * 0.9:
            print(seen / (time.perf_counter() - begin), (time.process_time() - spent) / seen, flush=True)
            os._exit(0)

    return measured


def bare(database: str) -> Callable[[Mapping[int, Sequence[Logged]]], None]:
    """Positions and outbox in one transaction a batch, by the driver alone."""
    import psycopg  # noqa: PLC0415 - an extra, and the plain limit goes without

    connection = psycopg.connect(database, autocommit=True)
    connection.execute(TABLES)

    def take(batches: Mapping[int, Sequence[Logged]]) -> None:
        rows = [
            (partition, entry.position.offset, entry.record.subject, encode(entry.record.body))
            for partition, entries in batches.items()
            for entry in entries
            if entry.record is not None
        ]
        last = {subject: place for _, place, subject, _ in rows}
        with connection.transaction():
            connection.execute(POSITIONS, [list(last), list(last.values())])
            connection.execute(OUTBOX, [list(column) for column in zip(*rows, strict=True)])

    return take


if __name__ == "__main__":
    main()
