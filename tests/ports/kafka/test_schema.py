"""What stands in Kafka is read for ever: golden files of every version, and bytes that nobody wrote."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import START, logs

from streams.looks import Look, Opening, Shown
from streams.ports.kafka.schema import VERSION, Cut, decode_record, encode_record
from streams.records import Changed, Fact, Off, Position, Record, Tally, Tick

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("records-v*.jsonl"))
HERE = Position(1, 7)


def test_there_is_a_golden_file_for_every_version() -> None:
    assert [path.name for path in GOLDEN] == [f"records-v{number}.jsonl" for number in range(1, VERSION + 1)]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_record_of_a_past_version_is_read(path: Path) -> None:
    found = [decode_record(HERE, line.encode()) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [one.fault for one in found] == [""] * len(found)
    kinds = {type(one.record.body) for one in found if one.record is not None}
    assert kinds == {Look, Tally, Fact, Tick, Off, Changed}
    levels = {type(one.record.body.level) for one in found if one.record and isinstance(one.record.body, Look)}
    assert levels == {Shown, Opening, type(None)}
    assert {one.told for one in found} > {0}


def test_what_this_version_writes_is_the_newest_golden_file() -> None:
    for line in GOLDEN[-1].read_text(encoding="utf-8").splitlines():
        read = decode_record(HERE, line.encode())
        assert read.record is not None
        assert encode_record(read.record, read.told).decode() == line


@given(log=logs(late=True), told=st.integers(0, 9))
def test_a_record_comes_back_as_it_was(log: list[Record], told: int) -> None:
    for record in log:
        read = decode_record(HERE, encode_record(record, told))
        assert (read.record, read.time, read.told, read.position) == (record, record.time, told, HERE)


@given(value=st.binary(max_size=60))
def test_bytes_that_nobody_wrote_are_kept_with_the_reason(value: bytes) -> None:
    read = decode_record(HERE, value)
    assert read.record is None
    assert read.fault
    assert read.raw == value


def test_a_newer_version_is_not_guessed_at() -> None:
    newer = msgspec.json.decode(encode_record(Record(START + timedelta(1), "", Tick())))
    read = decode_record(HERE, msgspec.json.encode(newer | {"v": VERSION + 1}))
    assert read.record is None
    assert read.fault == f"version {VERSION + 1}: expected at most {VERSION}; a newer Zhiban wrote this"


def test_what_is_of_an_epoch_before_is_none_any_more_and_of_a_later_one_ends_the_worker() -> None:
    record = Record(START, "甲", Changed("2"))
    there = Position(3, 7)
    assert decode_record(there, encode_record(record, 4, 3)).record == record
    for epoch in (1, 2):
        past = decode_record(there, encode_record(record, 4, epoch))
        assert (past.record, past.fault, past.told, past.position) == (None, "", 0, there)
    with pytest.raises(Cut, match="epoch 4"):
        decode_record(there, encode_record(record, 4, 4))
