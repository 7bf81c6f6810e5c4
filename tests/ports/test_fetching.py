from collections.abc import AsyncIterator, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sites import Site, page

from streams.connectors import Failure, Fetch, Probe, Probed, Reading, Response
from streams.looks import Outcome
from streams.ports.clock import SystemClock
from streams.ports.evidence import EvidenceInMemory, WarcFolder
from streams.ports.fetching import WayOut, converse
from streams.ports.http import WebClient, WebSettings
from streams.ports.probe import NetProbe

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
Talk = Generator[Any, Any, Reading]
INSIDE = WebSettings(allow_private=("127.0.0.1",))


@pytest.fixture
async def ports() -> AsyncIterator[WayOut]:
    web = WebClient(INSIDE)
    yield WayOut(web, NetProbe(SystemClock(), INSIDE), EvidenceInMemory())
    await web.aclose()


def good(**more: Any) -> Reading:
    return Reading(outcome=Outcome.GOOD, **more)


async def test_a_conversation_is_led_to_its_end(ports: Any, site: Site) -> None:
    site.at |= {"/list": page(b"list"), "/probe": page(b"home")}
    met: list[Any] = []

    def talk() -> Talk:
        met.append((yield Fetch(url=site.url("/list"))))
        met.append((yield Probe(url=site.url("/probe"))))
        return good(cause="said")

    conversed = await converse(talk(), ports, AT)
    assert [type(answer) for answer in met] == [Response, Probed]
    assert (conversed.reading, conversed.requests, conversed.report) == (good(cause="said"), 2, "")
    assert conversed.host == f"127.0.0.1:{site.port}"
    assert [answer.evidence for answer in met] == list(ports.evidence.kept)
    assert {kept.asked_at for kept in ports.evidence.kept.values()} == {AT}


async def test_the_sources_own_answer_is_decisive(ports: Any, site: Site) -> None:
    site.at["/list"] = page(b"list")

    def talk() -> Talk:
        listed = yield Fetch(url=site.url("/list"))
        opened = yield Fetch(url="http://127.0.0.1:1/item", followed=True)
        assert isinstance(opened, Failure)
        return good(detail=listed.evidence)

    conversed = await converse(talk(), ports, AT)
    assert conversed.evidence == conversed.reading.detail == "memory@0"


async def test_a_failure_is_kept_too(ports: Any) -> None:
    def talk() -> Talk:
        answer = yield Fetch(url="http://127.0.0.1:1/")
        return Reading(outcome=Outcome.FAILED, cause=answer.cause)

    conversed = await converse(talk(), ports, AT)
    assert (conversed.reading.cause, conversed.host) == ("tcp", "127.0.0.1:1")
    assert ports.evidence.kept[conversed.evidence].answer.cause == "tcp"


async def test_a_relay_may_name_itself(ports: Any) -> None:
    def talk() -> Talk:
        return good(host="RSSHub.example.cn")
        yield

    assert (await converse(talk(), ports, AT)).host == "rsshub.example.cn"


async def test_a_bug_is_told_and_never_silence(ports: Any, site: Site) -> None:
    def talk() -> Talk:
        answer = yield Fetch(url=site.url())
        return good(items=answer.body["no such key"])

    conversed = await converse(talk(), ports, AT)
    assert (conversed.reading.outcome, conversed.reading.cause) == (Outcome.FAILED, "bug")
    assert "test_fetching.py" in conversed.reading.detail
    assert "TypeError" in conversed.report
    assert conversed.evidence == "memory@0"


@pytest.mark.parametrize("wrong", ["http://a.example/", None, 7])
async def test_what_is_no_request_and_no_reading_is_a_bug(ports: Any, wrong: object) -> None:
    def asks() -> Any:
        yield wrong
        return good()

    def returns() -> Any:
        return wrong
        yield

    for talk in (asks(), returns()):
        conversed = await converse(talk, ports, AT)
        assert (conversed.reading.cause, bool(conversed.report)) == ("bug", True)


async def test_a_conversation_without_end_is_ended_and_closed(ports: Any, site: Site) -> None:
    closed = []

    def talk() -> Talk:
        try:
            while True:
                yield Fetch(url=site.url())
        finally:
            closed.append(True)

    conversed = await converse(talk(), ports, AT, most=5)
    assert (conversed.reading.cause, conversed.requests, closed) == ("endless", 5, [True])


async def test_one_that_will_not_be_closed_changes_nothing(ports: Any) -> None:
    def talk() -> Talk:
        told = False
        while not told:
            try:
                yield Fetch(url="http://127.0.0.1:1/")
            except GeneratorExit:
                told = True
        yield Fetch(url="http://127.0.0.1:1/one/more")
        return good()

    assert (await converse(talk(), ports, AT, most=2)).reading.cause == "endless"


async def test_a_bug_of_a_port_is_told_as_such(ports: Any) -> None:
    class Broken:
        async def fetch(self, request: Fetch) -> Response | Failure:
            raise KeyError("a bug")

    def talk() -> Talk:
        yield Fetch(url="http://a.example/")
        return good()

    conversed = await converse(talk(), WayOut(Broken(), ports.probe, ports.evidence), AT)
    assert (conversed.reading.cause, "a port" in conversed.reading.detail) == ("bug", True)


async def test_without_evidence_nothing_is_concluded(ports: Any, site: Site, tmp_path: Path) -> None:
    def talk() -> Talk:
        yield Fetch(url=site.url())
        return good()

    with pytest.raises(OSError, match="No such file"):
        await converse(talk(), WayOut(ports.http, ports.probe, WarcFolder(tmp_path / "missing")), AT)
