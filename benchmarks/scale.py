"""5,000 subjects with 100,000 sources: the memory of the process that watches them, and how soon it is back.

Every source is told of, scheduled, looked at once and judged; the desk has taken what there was. Memory is the peak
resident set. Then a tenth of the sources comes due while nothing runs; the clock of the restart runs from opening the
file to the last due fired and committed.
"""

from __future__ import annotations

import gc
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from agents._pack import build
from alerts.board import Language, Settings
from alerts.routing import Route
from benchmarks.figures import Figure, tell
from benchmarks.worlds import START, append, facts, look, national, site
from streams.agent import Agent
from streams.ports.store import Store, open_store
from streams.records import Body
from streams.subjects import Source
from streams.ticker import tick
from zhiban.deskwork import DeskWork, clauses_of
from zhiban.garbage import collect_seldom
from zhiban.wiring import load_pack

SUBJECTS, COLUMNS = 5000, 20
DUE = SUBJECTS * COLUMNS // 10
GIB = 1024.0


def figures() -> Iterator[Figure]:
    """Memory, then the restart."""
    collect_seldom()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'zhiban.db'}"
        fill(url)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Figure(
            what=f"memory, {SUBJECTS:,} subjects and {SUBJECTS * COLUMNS:,} sources",
            value=peak,
            unit="MiB at most",
            beside="goal",
            other=GIB,
            goal="< 1 GiB",
            met=peak < GIB,
        )
        gc.collect()
        spent, fired = restart(url)
    yield Figure(
        what=f"restart, {SUBJECTS * COLUMNS:,} armed, {fired:,} fired",
        value=spent,
        unit="s",
        beside="goal",
        other=5.0,
        goal="< 5 s",
        met=spent < 5 and fired >= DUE,
    )


def fill(url: str) -> None:
    """A store in which everything was seen once: a tenth of the sources thirty hours before the others."""
    store = open_store(url)
    agent = Agent(store, national())
    world = [site(number, COLUMNS) for number in range(SUBJECTS)]
    sources = [source for _, columns in world for source in columns]
    with store.write() as tx:
        tx.set_partitions(1)
        tx.put_sources(sources, {source.id: START for source in sources})
    append(store, agent, list(facts(world)), START)
    _see(store, agent, sources[::10], START + timedelta(hours=1))
    _see(store, agent, [one for index, one in enumerate(sources) if index % 10], START + timedelta(hours=31))
    _tick(store, agent, START + timedelta(hours=31))
    pack = load_pack(("national-2019",))
    routes = (Route(channel="console", to="-"), Route(channel="console", to="-", operator=True))
    DeskWork(store, Settings(routes=routes), Language("zh", clauses_of(pack))).turn()
    store.close()


def restart(url: str) -> tuple[float, int]:
    """Open the store and fire what came due; (seconds, how many sources fired)."""
    now = START + timedelta(hours=50)
    begin = time.perf_counter()
    store = open_store(url)
    with store.read() as tx:
        before = tx.finding_count()
    _tick(store, Agent(store, build(load_pack(("national-2019",)), {})), now)
    with store.read() as tx:
        fired = tx.finding_count() - before
    spent = time.perf_counter() - begin
    store.close()
    return spent, fired


def _see(store: Store, agent: Agent, sources: Sequence[Source], at: datetime) -> None:
    bodies: list[tuple[str, Body]] = [(source.subject, look(source, at, at.date())) for source in sources]
    append(store, agent, bodies, at)


def _tick(store: Store, agent: Agent, at: datetime) -> None:
    tick(store, at)
    while agent.catch_up(0):
        pass


if __name__ == "__main__":
    tell(figures)
