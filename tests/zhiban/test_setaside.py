"""Pieces in quarantine, read once more by today's code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from stores import new_store
from talking import ASKED, posts, rss
from watching import source

from connectors.feed import Feed
from streams.codec import encode
from streams.connectors import Failure, Response
from streams.ports.clock import ManualClock
from streams.ports.evidence import EvidenceInMemory
from streams.ports.store import Store
from streams.ports.warc import Taken
from streams.records import Fact, FactKind, Position, Record
from zhiban.setaside import pieces, read_again

URL = "https://www.example.gov.cn/feed"
CONNECTORS = {"feed": Feed()}
FACT = Fact(kind=FactKind.CONFIRMED, matter="m", by="王")
LATER = ASKED + timedelta(hours=1)
CLOCK = ManualClock(LATER)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(f"sqlite:///{tmp_path / 'aside.db'}")
    with made.write() as tx:
        tx.put_sources([source("甲/1", URL)], {"甲/1": ASKED + timedelta(days=1)})
    yield made
    made.close()


def aside(store: Store, what: str, place: str, body: bytes) -> None:
    with store.write() as tx:
        tx.put_aside(what, place, "why", body, ASKED)


async def kept(evidence: EvidenceInMemory, body: bytes) -> bytes:
    return (await evidence.keep(Taken(ASKED, URL, Response(status=200, body=body, url=URL)))).encode()


async def test_a_look_reads_as_it_did_or_is_mended(store: Store) -> None:
    evidence = EvidenceInMemory()
    aside(store, "look", "look/malformed/甲/1", await kept(evidence, b"<rss><channel><<<"))
    aside(store, "look", "look/not_a_feed/甲/1", await kept(evidence, rss(*posts(2)).encode()))
    failed = await evidence.keep(Taken(ASKED, URL, Failure(cause="too_large", detail="more than 5 bytes")))
    aside(store, "look", "look/too_large/甲/1", failed.encode())
    faults = [one.fault for one in await read_again(store, evidence, CONNECTORS, CLOCK)]
    assert faults[0].startswith("malformed: ")
    assert faults[1:] == ["", "too_large: more than 5 bytes"]
    assert [piece.place for piece in pieces(store)] == ["look/malformed/甲/1", "look/too_large/甲/1"]
    with store.read() as tx:
        assert tx.next_poll() == LATER, "what can be read now is looked at again"


async def test_a_record_goes_back_into_the_log_or_says_why_not(store: Store) -> None:
    """The record at offset 2 was put aside by older code, which could not read it."""
    with store.write() as tx:
        tx.set_partitions(1)
        tx.append(0, [("甲", FACT), ("甲", FACT)], ASKED)
    aside(store, "record", "log/0/1/1", b'{"type":"riddle"}')
    aside(store, "record", "log/0/1/2", encode(FACT))
    aside(store, "record", "log/0/1/9", encode(FACT))
    first, second, third = await read_again(store, EvidenceInMemory(), CONNECTORS, CLOCK)
    assert "riddle" in first.fault
    assert (second.fault, third.fault) == ("", "it stands in the log no more")
    with store.read() as tx:
        log = tx.read_log(0, Position(1, 2), 10)
    assert [one.record for one in log] == [Record(LATER, "甲", FACT)]
    assert [piece.place for piece in pieces(store)] == ["log/0/1/1", "log/0/1/9"]
    assert len(await read_again(store, EvidenceInMemory(), CONNECTORS, CLOCK)) == 2, "what was given back is settled"
    aside(store, "record", "log/0/1/2", b"worse than before")
    assert [piece.body for piece in pieces(store) if piece.place == "log/0/1/2"] == [b"worse than before"]


async def test_what_is_gone_is_said(store: Store) -> None:
    aside(store, "look", "look/malformed/甲/1", b"memory@99")
    aside(store, "look", "look/malformed/乙/1", b"memory@99")
    found = await read_again(store, EvidenceInMemory(), CONNECTORS, CLOCK)
    assert [one.fault for one in found] == ["its evidence is no longer kept", "its source is no longer read"]
    assert [piece.body for piece in pieces(store)] == [b"memory@99"] * 2
