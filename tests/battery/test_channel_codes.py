"""Every code of the documentation's table, answered by a real server: the letter fares as the table says, and no code
that a channel knows is missing there."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from letters import T0
from stands import STANDS
from stores import new_store
from talks import Talk, mail, talking_to

from streams.ports.clock import ManualClock

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs" / "channels.md"
ROW = re.compile(r"^\|([^|]*)\| ([−0-9, ]+) \|[^|]*\| ([^|]*) \|", re.MULTILINE)
NOW = timedelta(0)


def table() -> dict[str, dict[int, str]]:
    """What becomes of a letter, by channel and code, as the documentation has it."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    names: list[str] = []
    for first, codes, fate in ROW.findall(DOCS.read_text(encoding="utf-8")):
        names = re.findall(r"`(\w+)`", first) or names
        for code in codes.replace("−", "-").split(","):
            for name in names:
                found[name][int(code)] = fate
    return found


TABLE = table()


@pytest.mark.parametrize("name", sorted(STANDS))
def test_every_code_that_a_channel_knows_is_documented(name: str) -> None:
    known = getattr(import_module(f"alerts.channels.{name}"), "CODES", {})
    assert set(known) - set(TABLE[name]) == set()
    assert name == "console" or TABLE[name]


@pytest.mark.parametrize("name", sorted(set(STANDS) - {"console"}))
async def test_each_code_does_what_the_documentation_says(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    new_store(f"sqlite:///{tmp_path / 'z.db'}").close()
    clock = ManualClock(T0)
    service = STANDS[name](clock)
    async with service.open() as base, talking_to(service, tmp_path / "z.db", service.channel(base), clock) as talk:
        for code, fate in TABLE[name].items():
            service.refuse(code)
            talk.put(mail(to=service.TO))
            await talk.go(NOW)
            assert (code, *fared(talk)) == (code, "refused" if fate.startswith("final") else "waiting", fate != "final")
            assert waits(talk) >= patience(fate), f"{code}: {fate}"
            assert str(code) in caplog.text or name in {"telegram", "apprise"}, "the log has the service's own code"
            forget(talk)
            caplog.clear()


def fared(talk: Talk) -> tuple[str, bool]:
    """What became of the letter, and whether the operator has heard nothing of it yet."""
    [state] = talk.states.values()
    return state, not talk.told


def patience(fate: str) -> float:
    found = re.search(r"(\d+) s", fate)
    return float(found[1]) if found else 0.0


def waits(talk: Talk) -> float:
    """Seconds until the letter is tried again."""
    with talk.store.read() as tx:
        query = "select next_at from outbox where key = 'k000'"
        at = tx.connection.exec_driver_sql(query).scalar_one()
    return 0.0 if at is None else at / 1_000_000 - T0.timestamp()


def forget(talk: Talk) -> None:
    """As if nothing had been written to anybody."""
    talk.told.clear()
    talk.clock.set(T0)
    with talk.store.write() as tx:
        for name in ("outbox", "sendings", "pauses"):
            tx.connection.exec_driver_sql(f"delete from {name}")
