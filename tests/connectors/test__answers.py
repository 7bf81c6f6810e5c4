"""What answers mean that show nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._answers import refusal
from streams.connectors import Failure, Probed, Response
from streams.looks import Outcome

LIST = "".join(f'<li><a href="/{n}.html">标题{n}</a></li>' for n in range(9)).encode()


def answer(status: int, body: bytes = b"<html></html>", **headers: str) -> Response:
    return Response(status=status, body=body, headers=headers)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 429, 500, 502, 503, 206])
def test_an_error_status_is_a_failure_named_after_it(status: int) -> None:
    reading = refusal(answer(status))
    assert reading is not None
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.FAILED, f"http_{status}", None)


def test_failures_keep_their_cause() -> None:
    reading = refusal(Failure(cause="timeout", detail="30 s"))
    assert reading is not None
    assert (reading.outcome, reading.cause, reading.detail) == (Outcome.FAILED, "timeout", "30 s")
    probed = refusal(Probed(stage="done"))
    assert probed is not None
    assert probed.cause == "protocol"


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_empty_body_is_a_failure(body: bytes) -> None:
    reading = refusal(answer(200, body))
    assert reading is not None
    assert (reading.outcome, reading.cause) == (Outcome.FAILED, "empty")


@pytest.mark.parametrize("good", [answer(200), answer(304, b""), answer(200, LIST), answer(203)])
def test_what_can_be_parsed_is_left_alone(good: Response) -> None:
    assert refusal(good) is None


WALLS = [
    answer(412, b'<html><script>$_ts=window["$_ts"]</script></html>'),
    answer(412, b""),
    answer(403, b"<h1>403 Forbidden</h1>"),
    answer(200, b"<script>var arg1='0123';document.cookie='acw_sc__v2='+x</script>"),
    answer(521, b"<script>document.cookie=('_')+('__jsl_clearance_s')</script>"),
    answer(202, b"<script>$_ts={}</script>"),
    answer(200, "<title>请稍候</title>正在进行安全检测".encode()),
    answer(200, "<title>请稍候</title>正在进行安全检测".encode("gb18030")),
    answer(503, b"<script src='/cdn-cgi/challenge-platform/h/b/orchestrate'></script>"),
    Response(status=403, headers={"cf-mitigated": "challenge"}),
]


@pytest.mark.parametrize("wall", WALLS)
def test_a_wall_is_unknown(wall: Response) -> None:
    reading = refusal(wall)
    assert reading is not None
    assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "challenge")


def test_a_page_that_the_wall_let_through_is_a_page() -> None:
    assert refusal(answer(200, b"<script>$_ts=window['$_ts']</script>" + LIST)) is None
    assert refusal(answer(200, "<rss><title>谈谈 acw_sc__v2 与安全验证</title></rss>".encode())) is None


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_raises(status: int, body: bytes) -> None:
    refusal(answer(status, body))
