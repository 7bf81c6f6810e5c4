"""What stands open now is read from where the desk is, and is what the whole ledger would say."""

from __future__ import annotations

from datetime import timedelta

from examples import costly
from harness import deliver, memory_store, spread
from hypothesis import given
from hypothesis import strategies as st
from logs import ending, logs
from stores import renew
from timeline import NATIONAL

from alerts.board import Language, Settings
from alerts.view import alerts_view, findings_view
from streams.agent import Agent
from streams.records import Record
from zhiban.deskwork import DeskWork
from zhiban.reading import Standing, standing_at, standing_now

STORE = memory_store()
SETTINGS, ENGLISH = Settings(), Language("en")


def shown(standing: Standing) -> tuple[object, ...]:
    views = findings_view(standing.board, standing.open, {}, "en"), alerts_view(standing.board, state="all")
    return (standing.at, standing.open, *views)


@costly()
@given(log=logs(size=15), cut=st.integers(0, 15))
def test_now_is_what_the_ledger_says_wherever_the_desk_is(log: list[Record], cut: int) -> None:
    renew(STORE)
    with STORE.write() as tx:
        tx.set_partitions(1)
    agent, desk = Agent(STORE, NATIONAL), DeskWork(STORE, SETTINGS, ENGLISH)
    (entries,) = spread([*log, ending(log)], 1)
    assert deliver(agent, 0, entries[:cut]) or not cut
    desk.turn()  # it has taken what the watermark allowed by then
    assert deliver(agent, 0, entries[cut:])
    at = log[-1].time + timedelta(days=400)
    assert shown(standing_now(STORE, at, SETTINGS, ENGLISH)) == shown(standing_at(STORE, at, SETTINGS, ENGLISH))
