import gzip
import tracemalloc
import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.ports.bodies import Body, Garbled, TooLarge, coding

PAGE = "政府信息公开 ".encode() * 500


def read(chunks: Iterable[bytes], bound: int = 1_000_000, encoding: str = "") -> bytes:
    body = Body(bound, encoding)
    for chunk in chunks:
        body.feed(chunk)
    return body.finish()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def bare(data: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-15)
    return squeezer.compress(data) + squeezer.flush()


@settings(max_examples=60)
@given(st.binary(max_size=3000), st.integers(1, 500), st.sampled_from(["gzip", "deflate", "x-gzip", ""]))
def test_any_body_survives_any_cutting(data: bytes, size: int, encoding: str) -> None:
    packed = {"deflate": zlib.compress(data), "": data}.get(encoding, gzip.compress(data))
    assert read(cut(packed, size), encoding=encoding) == data


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_two_gzip_members_are_one_body(size: int) -> None:
    both = gzip.compress(b"one ") + gzip.compress(b"two")
    assert read(cut(both, size), encoding="gzip") == b"one two"


def test_padding_after_gzip_is_dropped() -> None:
    assert read([gzip.compress(PAGE) + b"\0" * 20], encoding="gzip") == PAGE


def test_bare_deflate_is_taken_as_browsers_do() -> None:
    assert read(cut(bare(PAGE), 100), encoding="deflate") == PAGE


@pytest.mark.parametrize("encoding", ["", "identity", "utf-8", "none"])
def test_a_word_that_is_no_coding_is_passed_over(encoding: str) -> None:
    assert read([PAGE], encoding=encoding) == PAGE


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd"])
def test_a_coding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(Garbled, match="content-encoding"):
        coding(encoding)


def test_a_bomb_ends_at_the_bound_without_growth() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000, compresslevel=9)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        read(cut(bomb, 16_384), bound=300_000, encoding="gzip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_the_bound_itself_is_allowed_and_one_more_is_not() -> None:
    assert len(read([b"x" * 1000], bound=1000)) == 1000
    with pytest.raises(TooLarge):
        read([b"x" * 1001], bound=1000)


def test_empty_members_without_end_are_bounded_too() -> None:
    with pytest.raises(TooLarge):
        read([gzip.compress(b"")] * 10_000, bound=1000, encoding="gzip")


def test_a_stream_that_stops_early_is_no_body() -> None:
    with pytest.raises(Garbled, match="before its end"):
        read([gzip.compress(PAGE)[:-30]], encoding="gzip")


def test_plain_text_that_says_gzip_is_garbled() -> None:
    with pytest.raises(Garbled, match="not a gzip stream"):
        read([b"<html>plain</html>"], encoding="gzip")


def test_nothing_is_nothing_whatever_it_says() -> None:
    assert read([], encoding="gzip") == b""
