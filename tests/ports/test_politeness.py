import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import Site, page

from streams.connectors import Failure, Fetch, Probe, Response
from streams.hosts import host_of
from streams.ports.clock import ManualClock, SystemClock
from streams.ports.http import WebClient, WebSettings
from streams.ports.politeness import Manners, PoliteHttp, Politeness, PoliteProbe, asked_patience
from streams.ports.probe import NetProbe
from streams.ports.robots import Robots

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
INSIDE = WebSettings(allow_private=("127.0.0.1",))


async def under_way(politeness: Politeness, urls: Sequence[str]) -> int:
    """How many turns are held at once, at most, when all are asked for together."""
    now = most = 0

    async def one(url: str) -> None:
        nonlocal now, most
        async with politeness.turn(url):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.005)
            now -= 1

    await asyncio.gather(*(one(url) for url in urls))
    return most


async def test_a_host_has_few_places_and_all_hosts_have_many() -> None:
    politeness = Politeness(SystemClock(), Manners(per_host=2, gap=0, everywhere=5))
    assert await under_way(politeness, ["http://a.test/"] * 8) == 2
    assert await under_way(politeness, [f"http://{number}.test/" for number in range(20)]) == 5


async def test_starts_at_one_host_keep_their_distance() -> None:
    clock = ManualClock(START)
    politeness = Politeness(clock, Manners(per_host=1, gap=2.0))
    for _ in range(4):
        async with politeness.turn("http://a.test/x"):
            pass
    assert clock.now() - START == timedelta(seconds=6)
    async with politeness.turn("http://b.test/"):
        assert clock.now() - START == timedelta(seconds=6)


async def test_patience_that_was_asked_for_is_bounded_and_ends() -> None:
    clock = ManualClock(START)
    politeness = Politeness(clock, Manners(gap=0, longest=600, backoff=60))
    politeness.heard("http://a.test/", 429, {"retry-after": "999999999"})
    assert politeness.free_at("http://A.test/other") == START + timedelta(seconds=600)
    assert politeness.free_at("http://b.test/") is None
    clock.set(START + timedelta(seconds=601))
    assert politeness.free_at("http://a.test/") is None


async def test_refusals_without_a_time_double_until_an_answer_comes() -> None:
    clock = ManualClock(START)
    politeness = Politeness(clock, Manners(backoff=60, longest=3600))
    waits = []
    for status in (503, 503, 503, 200, 503):
        politeness.heard("http://a.test/", status, {})
        waits.append(((politeness.free_at("http://a.test/") or clock.now()) - clock.now()).total_seconds())
        clock.set(clock.now() + timedelta(hours=1))
    assert waits == [60, 120, 240, 0, 60]


@given(st.text(max_size=40))
def test_any_retry_after_is_a_time_or_nothing(text: str) -> None:
    seconds = asked_patience({"retry-after": text}, START)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Mon, 02 Mar 2026 01:01:00 GMT", 60),
        ("Mon, 02 Mar 2020 01:01:00 GMT", 0),
        ("-5", None),
        ("soon", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert asked_patience({"retry-after": text}, START) == seconds


def test_hosts() -> None:
    assert [host_of(url) for url in ("http://u:p@A.cn:81/x", "https://a.cn", "//[", "nonsense")] == [
        "a.cn:81",
        "a.cn",
        "",
        "",
    ]


@pytest.fixture
async def world(site: Site) -> AsyncIterator[Any]:
    """The site seen politely, with robots.txt: (http, probe, clock)."""
    web = WebClient(INSIDE)

    def make(manners: Manners | None = None, authorised: tuple[str, ...] = ()) -> Any:
        clock = ManualClock(START)
        politeness = Politeness(clock, manners or Manners(gap=0))
        robots = Robots(web, clock, authorised)
        return PoliteHttp(web, politeness, robots), PoliteProbe(NetProbe(clock, INSIDE), politeness, robots), clock

    yield make
    await web.aclose()


async def test_a_host_that_asks_for_patience_is_left_alone(world: Any, site: Site) -> None:
    http, _, clock = world()
    site.at["/"] = page(b"", "429 Too Many", Retry_After="120")
    first = await http.fetch(Fetch(url=site.url()))
    second = await http.fetch(Fetch(url=site.url("/other")))
    assert (first.status, second.cause, site.asked) == (429, "backoff", ["/robots.txt", "/"])
    clock.set(START + timedelta(seconds=121))
    assert (await http.fetch(Fetch(url=site.url()))).status == 429


async def test_a_short_wait_is_waited_out(world: Any, site: Site) -> None:
    http, _, clock = world()
    site.at["/"] = page(b"", "503 Busy", Retry_After="5")
    await http.fetch(Fetch(url=site.url()))
    site.at["/"] = page(b"better")
    assert (await http.fetch(Fetch(url=site.url()))).body == b"better"
    assert clock.now() == START + timedelta(seconds=5)


ROBOTS = b"User-agent: *\nDisallow: /private\nCrawl-delay: 7\n"


async def test_what_robots_forbid_is_not_fetched(world: Any, site: Site) -> None:
    http, probe, clock = world()
    site.at |= {"/robots.txt": page(ROBOTS), "/list": page(b"list"), "/private/x": page(b"no")}
    answers = [await http.fetch(Fetch(url=site.url(path))) for path in ("/list", "/private/x", "/list")]
    assert [getattr(answer, "cause", "") for answer in answers] == ["", "robots", ""]
    assert site.asked == ["/robots.txt", "/list", "/list"]
    assert clock.now() == START + timedelta(seconds=7)  # its Crawl-delay
    assert (await probe.probe(Probe(url=site.url("/private/x")))).cause == "robots"


async def test_an_authorised_host_is_not_asked(world: Any, site: Site) -> None:
    http, probe, _ = world(authorised=("127.0.0.1",))
    site.at |= {"/robots.txt": page(b"User-agent: *\nDisallow: /"), "/": page(b"home")}
    assert (await http.fetch(Fetch(url=site.url()))).body == b"home"
    assert (await probe.probe(Probe(url=site.url()))).body == b"home"
    assert site.asked == ["/", "/"]


async def test_no_robots_txt_allows_all(world: Any, site: Site) -> None:
    http, _, _ = world()
    site.at["/"] = page(b"home")
    assert (await http.fetch(Fetch(url=site.url()))).body == b"home"


async def test_robots_that_cannot_be_had_are_tried_again_and_given_up_after_a_day(world: Any, site: Site) -> None:
    http, probe, clock = world()
    site.at |= {"/robots.txt": page(b"", "503 Busy"), "/": page(b"home")}
    causes = []
    for hours in (0, 12, 23, 25):
        clock.set(START + timedelta(hours=hours))
        causes.append(getattr(await http.fetch(Fetch(url=site.url())), "cause", "read"))
    assert causes == ["robots", "robots", "robots", "read"]
    assert site.asked.count("/robots.txt") == 4
    assert (await probe.probe(Probe(url=site.url()))).stage == "done"


async def test_old_robots_stand_in_for_a_day(world: Any, site: Site) -> None:
    http, _, clock = world()
    site.at |= {"/robots.txt": page(ROBOTS), "/list": page(b"list")}
    outcomes = []
    for hours in (0, 25, 47, 49):
        clock.set(START + timedelta(hours=hours))
        answers = [await http.fetch(Fetch(url=site.url(path))) for path in ("/list", "/private")]
        outcomes.append(["read" if isinstance(answer, Response) else answer.cause for answer in answers])
        site.at["/robots.txt"] = page(b"", "500 Oops")
    assert outcomes == [["read", "robots"]] * 3 + [["robots", "robots"]]


async def test_a_dead_host_says_what_is_wrong_with_it(world: Any) -> None:
    http, probe, _ = world()
    answer = await http.fetch(Fetch(url="http://127.0.0.1:1/"))
    assert isinstance(answer, Failure)
    assert (answer.cause, answer.detail.startswith("robots.txt: ")) == ("tcp", True)
    assert (await probe.probe(Probe(url="http://127.0.0.1:1/"))).stage == "tcp"


async def test_many_looks_at_one_host_ask_its_robots_once(world: Any, site: Site) -> None:
    http, _, _ = world()
    site.at["/"] = page(b"home")
    await asyncio.gather(*(http.fetch(Fetch(url=site.url())) for _ in range(10)))
    assert site.asked.count("/robots.txt") == 1
