"""What people say of alerts goes into the right log, or is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from ledgers import T0, Ledger
from stores import new_store

from streams.agent import Agent
from streams.findings import Finding
from streams.partitions import partition_of
from streams.ports.store import Store
from streams.ports.store.log import records_of
from streams.records import DESK, Fact, FactKind, Position
from streams.rules import Rules
from streams.silences import Silence
from zhiban.deeds import NotDone, add_silence, answer_contact, end_silence, say_of_alert
from zhiban.words import configure, speaking

HOUR = timedelta(hours=1)
NOW = T0 + timedelta(days=3)
COUNT = 3


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A city with an open matter of 甲 and a closed one of 乙."""
    configure("en")
    made = new_store(f"sqlite:///{tmp_path / 'deeds.db'}")
    ledger = Ledger().registered("甲", "乙").opens("甲", T0).opens("乙", T0).closes("乙", T0 + HOUR)
    with made.write() as tx:
        tx.set_partitions(COUNT)
        tx.add_findings([named(one) for one in ledger.findings])
    yield made
    made.close()
    configure("zh")


def named(finding: Finding) -> Finding:
    """With an id as ids are coined, but short."""
    return msgspec.structs.replace(finding, id={"甲": "ab12", "乙": "ab99"}[finding.subject]) if finding.id else finding


def facts_of(store: Store, subject: str) -> list[Fact]:
    with store.read() as tx:
        logged = tx.read_log(partition_of(subject, COUNT), Position(1, 0), 100)
    return [one.body for one in records_of(logged) if one.subject == subject and isinstance(one.body, Fact)]


def test_an_acknowledgement_stands_in_the_log_of_its_subject(store: Store) -> None:
    until = NOW + 2 * HOUR
    done = say_of_alert(store, NOW, FactKind.ACKNOWLEDGED, "ab1", "张三", until=until)
    assert (done.id, done.subject, done.at) == ("ab12", "甲", NOW)
    assert facts_of(store, "甲") == [Fact(kind=FactKind.ACKNOWLEDGED, matter="ab12", by="张三", until=until)]


@pytest.mark.parametrize(
    ("kind", "matter", "by", "text", "until", "key", "words"),
    [
        (FactKind.FIXED, "cd", "张", "", None, "unknown", "alert 'cd': there is none"),
        (FactKind.FIXED, "", "张", "", None, "unknown", "alert '': there is none"),
        (FactKind.FIXED, "ab", "张", "", None, "ambiguous", "'ab': more than one begins so"),
        (FactKind.ACKNOWLEDGED, "ab9", "张", "", None, "closed", "alert ab99: resolved at 2026-03-02 11:00"),
        (FactKind.DISMISSED, "ab12", "张", " ", None, "no_reason", "no reason was given"),
        (FactKind.ASSIGNED, "ab12", "张", "", None, "no_assignee", "to whom it is assigned was not named"),
        (FactKind.FIXED, "ab12", " ", "", None, "no_author", "nobody was named"),
        (
            FactKind.ACKNOWLEDGED,
            "ab12",
            "张",
            "",
            NOW,
            "past",
            "until 2026-03-05 10:00: expected a time after",
        ),
        (FactKind.ACKNOWLEDGED, "ab12", "张", "", NOW + 750 * HOUR, "far", "expected a time within 31 days"),
        (FactKind.DISMISSED, "ab12", "张", "x" * 501, None, "long", "a text of 501 characters: expected at most 500"),
        (FactKind.MESSAGES, "ab12", "张", "", None, "kind", "'messages': expected one of acknowledged, assigned"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_nothing_is_written(
    store: Store, kind: FactKind, matter: str, by: str, text: str, until: datetime | None, key: str, words: str
) -> None:
    with pytest.raises(NotDone, match=r".") as refused:
        say_of_alert(store, NOW, kind, matter, by, text, until)
    assert refused.value.key == key
    with speaking("en"):
        assert words in str(refused.value)
    assert facts_of(store, "甲") == []


def test_a_silence_and_a_contact_stand_in_the_log_of_the_desk_and_move_nobody(store: Store) -> None:
    silence = Silence(since=NOW, until=NOW + HOUR, unit="水利*")
    done = add_silence(store, NOW, silence, "张三", "网站改版")
    answer_contact(store, NOW, FactKind.CONTACT, "wang@x", "王五")
    answer_contact(store, NOW, FactKind.CONTACT_LEFT, "wang@x")
    read(store)
    ended = end_silence(store, NOW + HOUR / 2, done.id[:6], "张三")
    assert ended.id == done.id
    assert [(one.kind, one.by, one.text) for one in facts_of(store, DESK)] == [
        (FactKind.SILENCED, "张三", "网站改版"),
        (FactKind.CONTACT, "王五", "wang@x"),
        (FactKind.CONTACT_LEFT, "wang@x", "wang@x"),
        (FactKind.UNSILENCED, "张三", ""),
    ]
    read(store)
    with store.read() as tx:
        told = tx.findings_of(DESK)
    assert [one.why for one in told] == ["silenced", "contact", "contact_left", "unsilenced"]
    assert told[0].args["unit"] == "水利*"
    assert datetime.fromisoformat(told[0].args["until"]) == NOW + HOUR
    with pytest.raises(NotDone, match=done.id):
        end_silence(store, NOW + HOUR, done.id, "张三")


def read(store: Store) -> None:
    """Take the desk's log into the ledger."""
    Agent(store, Rules("1", {})).catch_up(partition_of(DESK, COUNT))


def test_a_silence_needs_a_reason_an_end_and_a_name_that_is_known(store: Store) -> None:
    def refused(silence: Silence, text: str) -> str:
        with pytest.raises(NotDone, match=r".") as why:
            add_silence(store, NOW, silence, "张", text)
        return why.value.key

    assert refused(Silence(since=NOW, until=NOW + HOUR), "") == "no_reason"
    assert refused(Silence(since=NOW + HOUR, until=NOW + HOUR), "改版") == "endless"
    assert refused(Silence(since=NOW - HOUR, until=NOW), "改版") == "past"
    assert refused(Silence(since=NOW, until=NOW + 9000 * HOUR), "改版") == "far"
    with pytest.raises(NotDone, match="deadbeef"):
        end_silence(store, NOW, "deadbeef", "张")
    with pytest.raises(NotDone, match="--by"):
        answer_contact(store, NOW, FactKind.CONTACT, "")
