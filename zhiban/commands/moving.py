"""`zhiban store copy|repartition|reopen`: a city moves to the cluster and back, or is partitioned anew."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from streams.days import SHANGHAI
from streams.ports.clock import SystemClock
from streams.ports.store import Store
from streams.ports.store.comparing import Differs
from streams.ports.store.copying import stay
from streams.ports.store.cut import refuse_undrained, repartition
from streams.ports.store.marks import LEAVING, Refused, Where, read_mark, refuse_left, where_the_log_is
from streams.ports.store.moving import Ends, Moved, Plan, Watching, move
from streams.ports.store.occupied import refuse_occupied
from streams.ports.store.opening import connect
from streams.ports.store.revisions import refuse_other_revision
from zhiban.commands.faults import fault_in_words
from zhiban.commands.screen import screen, table
from zhiban.config import Config, load_config
from zhiban.watch import absolute
from zhiban.ways import to_json
from zhiban.words import configure, say


def copy_store(source: str, target: str, partitions: int | None, base: Path, *, json: bool) -> int:
    """Move, or go on with a move; 1 where the copy is not the same as what was copied."""
    config = _configured(base)
    places = _place(source, base), _place(target, base)
    names = named(places[0]), named(places[1])
    count, log = _wanted(places[1], partitions, config)
    plan = Plan(names=names, partitions=count, log=log, now=SystemClock().now())
    _refuse_missing(places[0], names[0])
    if _same_file(*places):
        raise Refused("same")
    with _opened(places[0]) as here, _opened(places[1]) as there, _Bar() as bar:
        try:
            moved = move(here, there, plan, _ends(config), bar)
        except Differs as error:
            print(f"zhiban: {say('move.differs', there=names[1], why=fault_in_words(error))}", file=sys.stderr)
            return 1
    if json:
        sys.stdout.write(to_json(document(moved, names)) + "\n")
    else:
        _print(moved, names, log)
    return 0


def repartition_store(count: int, base: Path) -> int:
    """Cut the configured store into `count` partitions, for Kafka."""
    config = _configured(base)
    if count < 1:
        raise Refused("count", found=count)
    place = _place(config.watch.store, base)
    if place.get_backend_name() == "sqlite" or not config.cluster.kafka:
        raise Refused("one_partition", found=count)
    with _opened(place) as store:
        refuse_other_revision(store, named(place), may_be_older=False)
        refuse_occupied(store)
        ends = _ends(config)
        with store.write() as tx:
            refuse_left(tx)
            refuse_undrained(tx, ends() if ends is not None and where_the_log_is(tx) == "kafka" else None)
            epoch = repartition(tx, count, "kafka")
    screen().print(say("move.cut", partitions=count, epoch=epoch), highlight=False, markup=False)
    return 0


def reopen_store(url: str, base: Path) -> int:
    """Take back that a city left this store, or is leaving it."""
    config = _configured(base)
    place = _place(url or config.watch.store, base)
    _refuse_missing(place, named(place))
    with _opened(place) as store:
        refuse_other_revision(store, named(place), may_be_older=False)
        with store.read() as tx:
            mark = read_mark(tx.connection, LEAVING)
        if mark is None:
            raise Refused("stays", here=named(place))
        stay(store)
    said = say("move.reopened", here=named(place), there=mark.there)
    screen().print(said, highlight=False, markup=False)
    return 0


def document(moved: Moved, names: tuple[str, str]) -> dict[str, Any]:
    """What `--json` prints: a row for each table, with its count and the hash of either side."""
    return {
        "from": names[0],
        "to": names[1],
        "epoch": moved.epoch,
        "partitions": moved.partitions,
        "resumed": moved.resumed,
        "tables": moved.tables,
        "log_until": None if moved.behind is None else moved.behind.astimezone(SHANGHAI).isoformat(),
    }


def named(place: URL) -> str:
    """What to call a database: neither who asks nor by what password."""
    if place.get_backend_name() == "sqlite":
        return str(place.database)
    port = f":{place.port}" if place.port else ""
    return f"postgresql://{place.host or ''}{port}/{place.database}"


def _configured(base: Path) -> Config:
    config = load_config(base / "zhiban.toml")
    configure(config.watch.language)
    return config


def _place(url: str, base: Path) -> URL:
    try:
        place = make_url(absolute(url, base))
    except ArgumentError:
        place = URL.create("")  # without what was found: a password may stand in it
    backend = place.get_backend_name()
    if backend not in {"sqlite", "postgresql", "postgres"}:
        raise Refused("url", name=url.partition(":")[0])
    if backend == "sqlite":
        if place.database in {None, "", ":memory:"}:
            raise Refused("memory", name=url)
        return place
    return place.set(drivername="postgresql+psycopg")


def _wanted(place: URL, partitions: int | None, config: Config) -> tuple[int, Where]:
    """How many partitions, and where the log will be: in Kafka only where there is one."""
    if partitions is not None and partitions < 1:
        raise Refused("count", found=partitions)
    sqlite = place.get_backend_name() == "sqlite"
    if not sqlite and config.cluster.kafka:
        return partitions or config.cluster.partitions, "kafka"
    if not sqlite and partitions is None:
        raise Refused("no_kafka_there")
    if partitions not in {None, 1}:
        raise Refused("one_partition", found=partitions)
    return 1, "table"


def _refuse_missing(place: URL, name: str) -> None:
    # Before it is opened: SQLite would make an empty one.
    if place.get_backend_name() == "sqlite" and not Path(str(place.database)).is_file():
        raise Refused("no_file", name=name)


def _same_file(one: URL, other: URL) -> bool:
    if {one.get_backend_name(), other.get_backend_name()} != {"sqlite"}:
        return False
    here, there = Path(str(one.database)), Path(str(other.database))
    return there.exists() and here.samefile(there)


@contextmanager
def _opened(place: URL) -> Iterator[Store]:
    with ExitStack() as stack:
        try:
            store = connect(place.render_as_string(hide_password=False))
            stack.callback(store.close)
            with store.read():
                pass
        except ModuleNotFoundError as error:
            raise Refused("no_driver", name=named(place)) from error
        except OperationalError as error:
            detail = str(error.orig).partition("\n")[0]
            raise Refused("away", name=named(place), detail=detail) from error
        yield store


def _ends(config: Config) -> Ends | None:
    if not config.cluster.kafka:
        return None
    from zhiban.cluster.draining import topic_ends  # noqa: PLC0415 - an extra, which only a cluster has

    return topic_ends(config)


class _Bar(Watching):
    """A bar for each phase, where somebody sits in front of it."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        text, bar, done = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        columns = (text, bar, done, TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task: TaskID | None = None
        self._phase = ""
        self._done: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def begin(self, phase: str, rows: dict[str, int]) -> None:
        """A phase begins."""
        self._phase, self._done = say(f"move.{phase}"), {}
        self._task = self._progress.add_task(self._phase, total=sum(rows.values()))

    def reached(self, table: str, rows: int) -> None:
        """So many rows of a table are done."""
        self._done[table] = rows
        if self._task is not None:
            said = f"{self._phase} {table}"
            self._progress.update(self._task, completed=sum(self._done.values()), description=said)


def _print(moved: Moved, names: tuple[str, str], log: Where) -> None:
    console = screen()
    if moved.tables:
        shown = table("table", "rows", "here", "there")
        for one in moved.tables:
            shown.add_row(one.table, str(one.rows), one.source, one.target)
        console.print(shown)
    key = "move.done" if moved.tables else "move.before"
    lines = [say(key, there=names[1], epoch=moved.epoch, partitions=moved.partitions)]
    if moved.behind is not None:
        lines.append(say("move.behind", until=moved.behind.astimezone(SHANGHAI).isoformat(" ", "minutes")))
    lines.append(say(f"move.next.{log}", partitions=moved.partitions))
    for line in lines:
        console.print(line, highlight=False, markup=False)
