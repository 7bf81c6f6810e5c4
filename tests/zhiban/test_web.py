"""/healthz and /metrics, asked over HTTP: once through uvicorn on loopback, else through the application itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from ledgers import Ledger
from prometheus_client.parser import text_string_to_metric_families
from stores import new_store
from timeline import at

from connectors.feed import Feed
from streams.connectors import Conversation, Cursor, Reading
from streams.looks import Outcome
from streams.poller import Held
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.ports.store.outbox import SENT, Draft
from streams.subjects import Source
from streams.ticker import tick
from zhiban.metrics import Metrics
from zhiban.web import STALLED, Condition, build_web

T = at("2026-03-02 09:00")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(f"sqlite:///{tmp_path / 'web.db'}")
    with made.write() as tx:
        tx.set_partitions(2)
    yield made
    made.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T)


@pytest.fixture
def metrics(store: Store, clock: ManualClock) -> Metrics:
    return Metrics(store).watching(store, clock)


@pytest.fixture
async def web(store: Store, clock: ManualClock, metrics: Metrics) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_web(store, clock, metrics))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhiban") as client:
        yield client


def settled(store: Store, *partitions: int) -> None:
    """Tick, and count the tick as settled by these partitions."""
    moment = tick(store, T)
    with store.write() as tx:
        for partition in partitions:
            tx.set_progress(partition, tx.progress(partition)[0], moment)


async def scraped(web: httpx.AsyncClient) -> dict[str, float]:
    """Every sample, named as `name{label=value}`."""
    answer = await web.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    return {sample.name + "".join(f"{{{v}}}" for v in sample.labels.values()): sample.value for sample in samples}


async def test_before_the_first_tick_it_is_not_well(web: httpx.AsyncClient) -> None:
    answer = await web.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "fault": "no tick yet"})


async def test_it_is_well_as_long_as_ticks_are_settled(
    web: httpx.AsyncClient, store: Store, clock: ManualClock
) -> None:
    settled(store, 0)
    assert (await web.get("/healthz")).status_code == 503  # one partition has had none
    settled(store, 0, 1)
    clock.set(T + STALLED)
    assert (await web.get("/healthz")).json() == {"ok": True, "fault": ""}
    clock.set(T + STALLED + timedelta(seconds=1))
    answer = await web.get("/healthz")
    assert (answer.status_code, answer.json()["fault"]) == (503, "no tick settled for 0:15:01")


async def test_a_database_that_is_gone_is_said(web: httpx.AsyncClient, store: Store) -> None:
    with store.write() as tx:
        tx.connection.exec_driver_sql("drop table partitions")
    answer = await web.get("/healthz")
    assert (answer.status_code, answer.json()["fault"]) == (503, "store: OperationalError")


SOURCE = Source(id="s", subject="甲", connector="feed", url="https://a.example.cn/")


async def _failing(_conversation: Conversation, _source: Source, _asked_at: datetime) -> Held:
    return Held(Reading(outcome=Outcome.FAILED))


async def test_metrics_say_how_it_stands(
    web: httpx.AsyncClient, store: Store, clock: ManualClock, metrics: Metrics
) -> None:
    settled(store, 0, 1)
    opened = Ledger().opens("甲", T).findings
    with store.write() as tx:
        tx.add_findings(opened)
        tx.put_letters([Draft(key, "console", key, T, b"{}") for key in ("a", "b")])
        tx.settle_letter("a", SENT, "250", T, None)
        tx.put_aside("record", "log/0/1/1", "no", b"", T)
    metrics.found(opened)
    await metrics.counting(_failing)(Feed().look(SOURCE, Cursor(), T), SOURCE, T)
    metrics.failed("engine")
    clock.set(T + timedelta(minutes=3))
    found = await scraped(web)
    assert found["zhiban_watermark_age_seconds"] == found["zhiban_oldest_unsent_seconds"] == 180
    assert found["zhiban_matters_open"] == found["zhiban_quarantine"] == 1
    assert found["zhiban_letters{sent}"] == found["zhiban_letters{waiting}"] == 1
    assert found["zhiban_looks_total{feed}{failed}"] == found["zhiban_round_failures_total{engine}"] == 1
    assert sum(value for name, value in found.items() if name.startswith("zhiban_findings_total")) == 1


async def test_nothing_else_is_there_and_nothing_can_be_changed(web: httpx.AsyncClient) -> None:
    assert (await web.get("/")).status_code == 404
    assert (await web.post("/healthz")).status_code == 405


async def test_it_is_served_over_a_real_socket(store: Store, clock: ManualClock, metrics: Metrics) -> None:
    settled(store, 0, 1)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build_web(store, clock, metrics), log_config=None, lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign,unused-ignore]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", trust_env=False) as client:
        assert (await client.get("/healthz")).json()["ok"]
        assert "zhiban_watermark_age_seconds 0.0" in (await client.get("/metrics")).text
    server.should_exit = True
    await serving
    listening.close()


async def test_what_holds_the_watch_up_is_told_before_there_is_a_tick(
    store: Store, clock: ManualClock, metrics: Metrics
) -> None:
    condition = Condition()
    condition.say("the clock says 2036")
    transport = httpx.ASGITransport(build_web(store, clock, metrics, condition))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhiban") as client:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (503, {"ok": False, "fault": "the clock says 2036"})
        condition.say("")
        assert (await client.get("/healthz")).json()["fault"] == "no tick yet"
