"""The probe: opens or not within the limit, and what stands before the page is not the page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.probe import Probe
from streams.connectors import Answer, Cursor, Failure, Probed, Reading
from streams.connectors import Probe as Ask
from streams.looks import Opening, Outcome
from streams.subjects import Source

NOW = datetime(2026, 11, 4, 4, tzinfo=UTC)
SOURCE = Source(id="p", subject="5203250001", connector="probe", url="https://www.example.gov.cn/")


def reading(answer: Answer, probe: Probe | None = None) -> Reading:
    talk = (probe or Probe()).look(SOURCE, Cursor(), NOW)
    assert next(talk) == Ask(url=SOURCE.url, seconds=(probe or Probe()).seconds)
    with pytest.raises(StopIteration) as stop:
        talk.send(answer)
    value = stop.value.value
    assert isinstance(value, Reading)
    return value


def opening(answer: Answer, probe: Probe | None = None) -> Opening:
    found = reading(answer, probe)
    assert found.outcome is Outcome.GOOD
    assert isinstance(found.level, Opening)
    return found.level


@pytest.mark.parametrize(
    ("seconds", "cause"), [(0.2, ""), (14.999, ""), (15.0, "slow"), (15.001, "slow"), (40.0, "slow")]
)
def test_fifteen_seconds_is_too_late(seconds: float, cause: str) -> None:
    assert opening(Probed(stage="done", status=200, seconds=seconds)) == Opening(
        opens=not cause, cause=cause, seconds=seconds, status=200
    )


def test_the_limit_is_a_setting() -> None:
    assert opening(Probed(stage="done", status=200, seconds=0.3), Probe(seconds=0.3)).cause == "slow"


@pytest.mark.parametrize("stage", ["dns", "tcp", "tls", "http", "redirect"])
def test_a_failure_proves_that_it_does_not_open(stage: str) -> None:
    level = opening(Probed(stage=stage, detail="x", seconds=0.1, ipv4=False))
    assert level == Opening(opens=False, cause=stage, seconds=0.1, ipv4=False)


@pytest.mark.parametrize(
    ("stage", "cause"), [("tcp", "tcp"), ("tls", "tls"), ("http", "slow"), ("redirect", "slow"), ("nonsense", "http")]
)
def test_waiting_for_an_answer_past_the_limit_is_slow(stage: str, cause: str) -> None:
    assert opening(Probed(stage=stage, seconds=15.0)).cause == cause


@pytest.mark.parametrize(
    ("status", "cause"),
    [(200, ""), (204, ""), (304, "redirect"), (404, "http"), (410, "http"), (500, "http"), (503, "http")],
)
def test_the_status_decides(status: int, cause: str) -> None:
    level = opening(Probed(stage="done", status=status, seconds=1))
    assert (level.opens, level.cause, level.status) == (not cause, cause, status)


@pytest.mark.parametrize(
    ("status", "cause"), [(401, "forbidden"), (403, "forbidden"), (412, "challenge"), (429, "busy")]
)
def test_a_wall_is_not_the_page(status: int, cause: str) -> None:
    found = reading(Probed(stage="done", status=status, seconds=20))
    assert (found.outcome, found.cause, found.level) == (Outcome.UNKNOWN, cause, None)


@pytest.mark.parametrize(
    "body", [b"<script>$_ts=window['$_ts']</script>", "请完成人机验证".encode(), "访问验证".encode("gb18030")]
)
def test_a_challenge_that_answers_200_is_a_wall(body: bytes) -> None:
    assert reading(Probed(stage="done", status=200, body=body)).cause == "challenge"


def test_our_own_outage_blames_nobody() -> None:
    found = reading(Probed(stage="dns", local=True))
    assert (found.outcome, found.cause) == (Outcome.UNKNOWN, "own_network")


def test_what_the_port_refuses_is_unknown() -> None:
    assert reading(Failure(cause="robots")).cause == "robots"


def test_addresses_and_certificate_are_kept() -> None:
    level = opening(Probed(stage="done", status=200, seconds=1, ipv4=True, ipv6=False, certificate_days=12))
    assert (level.ipv4, level.ipv6, level.certificate_days) == (True, False, 12)
