"""What the API says is what the commands say, however the ledger grew; it is chosen and cut into pages as asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import msgspec
import pytest
from asking import ROUTES, application, asking
from ledgers import T0, Ledger
from multiplex import city_of
from stores import new_store

from alerts.board import Language, Settings
from alerts.routing import Route
from alerts.view import alerts_view, findings_view, iso
from streams.agent import Agent
from streams.connectors import Cursor
from streams.looks import Outcome, Shown
from streams.ports.store import Store, open_store
from streams.ports.store.polls import Done
from streams.records import Fact, FactKind, Record, Tick
from streams.subjects import Source
from streams.thinning import Kept
from zhiban.api import rows
from zhiban.api.declared import OPERATIONS, Question
from zhiban.api.folded import Busy, Folded
from zhiban.commands import showing
from zhiban.deskwork import DeskWork, clauses_of
from zhiban.reading import Standing, standing_at
from zhiban.wiring import load_pack, load_rules

PACK, RULES = load_pack(("national-2019",)), load_rules(("national-2019",), {})
SETTINGS = Settings(routes=tuple(msgspec.convert(route, Route) for route in ROUTES))
ENGLISH = Language("en", clauses_of(PACK))
MOMENT = timedelta(microseconds=1)
SHAPES: dict[str, type[msgspec.Struct]] = {
    "findings": rows.FindingRow,
    "alerts": rows.AlertRow,
    "looks": rows.LookRow,
    "subjects": rows.SubjectRow,
}


class City:
    """A store that a log is told to, piece by piece."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.agent = Agent(store, RULES)
        self.desk = DeskWork(store, SETTINGS, ENGLISH)
        with store.write() as tx:
            tx.set_partitions(1)

    def tell(self, log: list[Record], *, ticks: bool = True) -> None:
        """Append and judge; then a tick, an hour later."""
        with self.store.write() as tx:
            for record in log:
                tx.append(0, [(record.subject, record.body)], record.time)
                if isinstance(record.body, Fact) and record.body.kind is FactKind.SOURCE_ADDED:
                    source = record.body.source
                    assert source is not None
                    tx.put_sources([source], {source.id: record.time})
            if ticks:
                tx.append(0, [("", Tick())], log[-1].time + timedelta(hours=1))
        while self.agent.catch_up(0):
            pass

    def standing(self) -> Standing:
        """What a reading command makes of the whole ledger, before the watermark."""
        with self.store.read() as tx:
            watermark = tx.watermark()
        assert watermark is not None
        return standing_at(self.store, watermark - MOMENT, SETTINGS, ENGLISH)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    store = new_store(f"sqlite:///{tmp_path / 'city.db'}")
    yield City(store)
    store.close()


@pytest.fixture(scope="module")
def log() -> list[Record]:
    """What happened in 25 random cities."""
    return city_of(25)


@pytest.fixture(scope="module")
def told_once(log: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was told all of it, closed again."""
    path = tmp_path_factory.mktemp("answers") / "city.db"
    store = new_store(f"sqlite:///{path}")
    City(store).tell(log)
    store.close()
    return path


@pytest.fixture
def told(told_once: Path, tmp_path: Path) -> Iterator[City]:
    """A city that was told the whole log."""
    store = open_store(f"sqlite:///{copyfile(told_once, tmp_path / 'told.db')}")
    yield City(store)
    store.close()


def plain(standing: Standing, state: str) -> tuple[Any, Any, Any]:
    """Findings, alerts and subjects of a standing, as the commands have them; by their ids."""
    chosen = {"open": standing.open, "closed": standing.closed, "all": standing.open + standing.closed}[state]
    found = findings_view(standing.board, chosen, ENGLISH.clauses, "en")
    alerts = alerts_view(standing.board, state=state)
    subjects = showing.subject_rows(standing.board, standing.open, ENGLISH)
    return tuple(sorted(one, key=lambda row: row["id"]) for one in (found, alerts, subjects))  # type: ignore[return-value]


@pytest.mark.parametrize("desk_turns", [False, True])
def test_a_fold_that_goes_on_is_the_fold_from_the_beginning(city: City, desk_turns: bool, log: list[Record]) -> None:
    folded = Folded(city.store, SETTINGS, ENGLISH)
    size = len(log) // 8 + 1
    with pytest.raises(ValueError, match="no tick"), folded.now():
        pass
    for begin in range(0, len(log), size):
        city.tell(log[begin : begin + size])
        if desk_turns:
            city.desk.turn()
        if begin == 3 * size:
            folded = Folded(city.store, SETTINGS, ENGLISH)  # started again: from the desk's own state, if it has one
        expected = city.standing()
        with folded.now() as standing:
            assert (standing.open, standing.closed) == (expected.open, expected.closed)
            for state in ("open", "closed", "all"):
                assert plain(standing, state) == plain(expected, state)
    assert len(expected.open) > 5
    assert len(expected.closed) > 5


async def pages(client: Any, path: str) -> list[dict[str, Any]]:
    """Every page from `path` on."""
    found = []
    while path:
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        path = found[-1]["next"]
        assert answer.headers.get("link", "") == (f'<{path}>; rel="next"' if path else "")
    return found


@pytest.mark.parametrize("state", ["open", "closed", "all"])
async def test_every_page_together_is_what_the_command_says(told: City, state: str) -> None:
    standing = told.standing()
    found, alerts, subjects = plain(standing, state)
    async with asking(application(told.store)) as client:
        shown = await pages(client, f"/api/v1/findings?state={state}&limit=7")
        assert [row for page in shown for row in page["findings"]] == found
        assert {page["total"] for page in shown} == {len(found)}
        every = alerts_view(standing.board, state="all")
        for page in shown:
            ids = {row["id"] for row in page["findings"]}
            about = [one["id"] for one in every if not ids.isdisjoint(one["findings"])]
            assert sorted(one["id"] for one in page["alerts"]) == sorted(about)
        shown = await pages(client, f"/api/v1/alerts?state={state}&limit=7")
        assert [row for page in shown for row in page["alerts"]] == alerts
        shown = await pages(client, "/api/v1/subjects?limit=5")
        assert [row for page in shown for row in page["subjects"]] == subjects
        assert shown[0]["totals"] == showing.totals_of(subjects)
        looks = [row for page in await pages(client, "/api/v1/looks?limit=9") for row in page["looks"]]
        assert looks == sorted(showing.looks_document(told.store, standing.at), key=lambda row: row["source"])


async def test_the_past_is_what_the_command_says_of_it(told: City, log: list[Record]) -> None:
    then = log[len(log) // 2].time
    expected = standing_at(told.store, then, SETTINGS, ENGLISH)
    async with asking(application(told.store)) as client:
        answer = await client.get("/api/v1/findings", params={"at": then.isoformat(), "limit": 1000})
        assert answer.json()["findings"] == plain(expected, "open")[0]
        assert answer.json()["at"] == iso(then)
        alerts = await client.get("/api/v1/alerts", params={"at": then.isoformat(), "state": "all", "limit": 1000})
        assert alerts.json()["alerts"] == plain(expected, "all")[1]
        again = await client.get("/api/v1/findings", params={"at": (then - MOMENT).isoformat()})
        assert (again.status_code, again.json()["type"]) == (429, "urn:zhiban:busy")
        assert 1 <= int(again.headers["retry-after"]) <= 5


@pytest.fixture
def offices(city: City) -> City:
    """Two accounts of two offices, one of them silent, and a failing relay's incident is nobody's."""
    told = Ledger().registered("甲", "乙").opens("甲", T0).opens("乙", T0).closes("乙", T0 + timedelta(hours=1))
    sources = [Source(id=f"{name}/1", subject=name, connector="feed", url="https://a.example.cn/") for name in "甲乙"]
    with city.store.write() as tx:
        tx.add_findings(told.ordered())
        tx.put_sources(sources, {source.id: T0 for source in sources})
        tx.set_progress(0, tx.progress(0)[0], T0 + timedelta(days=1))
    return city


async def test_only_what_was_asked_for_is_shown(offices: City) -> None:
    async with asking(application(offices.store)) as client:
        for name in SHAPES:
            key = "id" if name == "subjects" else "subject"
            for about in ({"subject": "甲"}, {"unit": "甲局"}, {"unit": "甲局", "subject": "甲"}):
                page = (await client.get(f"/api/v1/{name}", params=about)).json()
                assert [row[key] for row in page[name]] == ["甲"]
            page = (await client.get(f"/api/v1/{name}", params={"unit": "甲局", "subject": "乙"})).json()
            assert (page[name], page["total"], page["next"]) == ([], 0, None)
        verdicts = (await client.get("/api/v1/subjects", params={"unit": "甲局"})).json()["totals"]
        assert verdicts == {"qualified": 0, "unqualified": 1, "unknown": 0, "subjects": 1}
        closed = (await client.get("/api/v1/findings", params={"state": "closed"})).json()
        assert [row["subject"] for row in closed["findings"]] == ["乙"]
        assert [alert["findings"] for alert in closed["alerts"]] == [[closed["findings"][0]["id"]]]


async def test_the_rows_are_as_they_are_described(told: City) -> None:
    async with asking(application(told.store)) as client:
        for operation in OPERATIONS:
            state = "?state=all&limit=1000" if operation.name in {"findings", "alerts"} else "?limit=1000"
            page = (await client.get(operation.path + state)).json()
            msgspec.convert(page, operation.answer)
            assert set(page) == {field.name for field in msgspec.structs.fields(operation.answer)}
            known = {field.name for field in msgspec.structs.fields(SHAPES[operation.name])}
            assert page[operation.name]
            assert {key for row in page[operation.name] for key in row} <= known


async def test_what_has_not_changed_is_not_sent_again(city: City, log: list[Record]) -> None:
    half = len(log) // 2
    city.tell(log[:half])
    async with asking(application(city.store)) as client:
        first = await client.get("/api/v1/findings")
        tag = {"If-None-Match": first.headers["etag"]}
        same = await client.get("/api/v1/findings", headers=tag)
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
        assert (await client.get("/api/v1/findings?limit=5", headers=tag)).status_code == 200
        weak = await client.get("/api/v1/findings", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert weak.status_code == 304
        city.tell(log[half:])
        later = await client.get("/api/v1/findings", headers=tag)
        assert later.status_code == 200
        assert later.json()["at"] > first.json()["at"]


async def test_before_the_first_tick_nothing_is_known(city: City) -> None:
    async with asking(application(city.store)) as client:
        answer = await client.get("/api/v1/subjects")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:zhiban:no_tick")
        assert answer.headers["retry-after"] == "10"


def test_the_past_is_folded_one_moment_at_a_time_and_kept(told: City, log: list[Record]) -> None:
    folded = Folded(told.store, SETTINGS, ENGLISH)
    then: datetime = log[len(log) // 2].time
    first = folded.then(then)
    with pytest.raises(Busy):
        folded.then(then - MOMENT)
    assert folded.then(then) is first
    assert Question().limit == 100


async def test_in_kafka_s_size_a_look_is_what_the_appender_last_wrote(told: City, log: list[Record]) -> None:
    """There the log is Kafka's, and the database has but the sources and what was kept of each."""
    at = log[-1].time
    sources = [Source(id=name, subject="x", connector="feed", url=f"https://{name}.example.cn/") for name in ("a", "b")]
    level = Shown(count=3, newest=at.date())
    kept = {
        "a": Kept(outcome=Outcome.GOOD, level=level, written_at=at),
        "b": Kept(outcome=Outcome.FAILED, cause="http_503", level=level, written_at=at),
    }
    with told.store.write() as tx:
        tx.put_sources(sources, dict.fromkeys(("a", "b"), at))
        leased = tx.claim_looks(at, at + timedelta(minutes=1), "w", 1000)
        tx.finish_looks([Done(d.source.id, d.asked_at, at, Cursor(), kept.get(d.source.id, Kept())) for d in leased])
    async with asking(application(told.store)) as client:
        first, second = (await client.get("/api/v1/looks", params={"subject": "x"})).json()["looks"]
        assert (first["outcome"], first["count"], first["newest"]) == ("good", 3, at.date().isoformat())
        assert (second["outcome"], second["cause"], second["newest"]) == ("failed", "http_503", None)
