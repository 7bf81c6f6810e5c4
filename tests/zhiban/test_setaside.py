"""Pieces in quarantine, read once more by today's code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from talking import ASKED, posts, rss
from watching import source

from connectors.feed import Feed
from streams.codec import encode
from streams.connectors import Failure, Response
from streams.ports.evidence import EvidenceInMemory
from streams.ports.store import Store, open_store
from streams.ports.warc import Taken
from streams.records import Tick
from zhiban.setaside import pieces, read_again

URL = "https://www.example.gov.cn/feed"
CONNECTORS = {"feed": Feed()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'aside.db'}")
    with made.write() as tx:
        tx.put_sources([source("甲/1", URL)], {"甲/1": ASKED})
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
    faults = [one.fault for one in await read_again(store, evidence, CONNECTORS)]
    assert faults[0].startswith("malformed: ")
    assert faults[1:] == ["", "too_large: more than 5 bytes"]


async def test_a_record_is_decoded_or_says_why_not(store: Store) -> None:
    aside(store, "record", "log/0/1/1", b'{"type":"riddle"}')
    aside(store, "record", "log/0/1/2", encode(Tick()))
    first, second = await read_again(store, EvidenceInMemory(), CONNECTORS)
    assert "riddle" in first.fault
    assert second.fault == ""


async def test_what_is_gone_is_said(store: Store) -> None:
    aside(store, "look", "look/malformed/甲/1", b"memory@99")
    aside(store, "look", "look/malformed/乙/1", b"memory@99")
    found = await read_again(store, EvidenceInMemory(), CONNECTORS)
    assert [one.fault for one in found] == ["its evidence is no longer kept", "its source is no longer read"]
    assert [piece.body for piece in pieces(store)] == [b"memory@99"] * 2
