import gzip
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from streams.connectors import Failure, Response
from streams.ports.archive import Archive
from streams.ports.warc import Taken, packed
from streams.ports.warc_read import Damage, scan

DAY = datetime(2021, 6, 18, 4, 0, tzinfo=UTC)


class Tool:
    """Another tool's WARC, written by warcio itself in the older version of the format."""

    def __init__(self, packs: bool = True) -> None:
        self.file = BytesIO()
        self.writer = WARCWriter(self.file, gzip=packs, warc_version="1.0")

    def write(
        self,
        kind: str,
        body: bytes,
        when: str = "2021-06-18T04:00:00Z",
        url: str = "http://a.example/feed",
        status: str | None = "200 OK",
        headers: Sequence[tuple[str, str]] = (("Content-Type", "text/xml"),),
        **fields: str,
    ) -> Any:
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1") if status else None
        record = self.writer.create_warc_record(
            url,
            kind,
            payload=BytesIO(body),
            length=len(body),
            http_headers=http,
            warc_headers_dict={"WARC-Date": when} | {name.replace("_", "-"): value for name, value in fields.items()},
        )
        self.writer.write_record(record)
        return record.rec_headers

    def at(self, path: Path) -> Path:
        path.write_bytes(self.file.getvalue())
        return path


def answers(archive: Archive) -> list[Any]:
    return [found.taken.answer for found in archive]


@pytest.mark.parametrize("packs", [True, False])
def test_another_tools_file(tmp_path: Path, packs: bool) -> None:
    tool = Tool(packs)
    tool.write("request", b"", status=None)
    tool.write("response", b"later", when="2021-06-18T05:00:00.25Z")
    tool.write("response", b"earlier")
    tool.write("response", b"refused", when="2021-06-18T06:00:00+00:00", status="503 Busy")
    tool.write("metadata", b"fetchTimeMs: 12", status=None)
    archive = Archive([tool.at(tmp_path / "a.warc.gz")])
    met: list[tuple[datetime, Any]] = [(found.taken.asked_at, found.taken.answer) for found in archive]
    assert [(time.hour, answer.status, answer.body) for time, answer in met] == [
        (4, 200, b"earlier"),
        (5, 200, b"later"),
        (6, 503, b"refused"),
    ]
    assert archive.damage == []


def test_several_files_are_one_timeline(tmp_path: Path) -> None:
    paths = []
    for hour in (3, 1, 2):
        tool = Tool()
        tool.write("response", b"%d" % hour, when=f"2021-06-18T0{hour}:00:00Z")
        paths.append(tool.at(tmp_path / f"{hour}.warc.gz"))
    assert [answer.body for answer in answers(Archive(paths))] == [b"1", b"2", b"3"]


def test_bodies_as_they_were_on_the_wire(tmp_path: Path) -> None:
    tool = Tool()
    page = "公开".encode() * 100
    squeezed = gzip.compress(page)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(squeezed), squeezed)
    tool.write("response", squeezed, headers=[("Content-Encoding", "gzip")])
    tool.write("response", chunked, headers=[("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")])
    tool.write("response", zlib.compress(page), headers=[("Content-Encoding", "deflate")])
    tool.write("response", b"not gzip", headers=[("Content-Encoding", "gzip")])
    *good, bad = answers(Archive([tool.at(tmp_path / "a.warc.gz")]))
    assert [answer.body for answer in good] == [page] * 3
    assert (type(bad), bad.cause) == (Failure, "encoding")


def test_revisits_find_their_original_in_another_file(tmp_path: Path) -> None:
    first, second = Tool(), Tool()
    original = first.write("response", b"the page")
    digest = original.get_header("WARC-Payload-Digest")
    same = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
    unmodified = "http://netpreserve.org/warc/1.0/revisit/server-not-modified"
    second.write("revisit", b"", when="2021-06-18T05:00:00Z", WARC_Payload_Digest=digest, WARC_Profile=same)
    second.write(
        "revisit",
        b"",
        when="2021-06-18T06:00:00Z",
        status="304 Not Modified",
        WARC_Profile=unmodified,
        WARC_Refers_To_Target_URI="http://a.example/feed",
        WARC_Refers_To_Date="2021-06-18T04:00:00Z",
    )
    second.write(
        "revisit",
        b"",
        when="2021-06-18T07:00:00Z",
        status=None,
        WARC_Profile=same,
        WARC_Refers_To=original.get_header("WARC-Record-ID"),
    )
    archive = Archive([second.at(tmp_path / "b.warc.gz"), first.at(tmp_path / "a.warc.gz")])
    assert [(answer.status, answer.body) for answer in answers(archive)] == [(200, b"the page")] * 4
    alone = answers(Archive([tmp_path / "b.warc.gz"]))
    assert [getattr(answer, "status", answer.__class__) for answer in alone] == [Failure, 304, Failure]


def test_a_file_packed_as_a_whole_is_read_too(tmp_path: Path) -> None:
    tool = Tool(packs=False)
    for hour in (1, 2, 3):
        tool.write("response", b"%d" % hour, when=f"2021-06-18T0{hour}:00:00Z")
    path = tmp_path / "whole.warc.gz"
    path.write_bytes(gzip.compress(tool.file.getvalue()))
    assert [answer.body for answer in answers(Archive([path]))] == [b"1", b"2", b"3"]


def ours(count: int) -> list[bytes]:
    return [
        packed(
            Taken(DAY.replace(minute=number), f"http://a.example/{number}", Response(status=200, body=b"%d" % number)),
            "",
            None,
            3,
        ).data
        for number in range(count)
    ]


def test_damage_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    records = ours(5)
    broken = bytearray(records[2])
    broken[40:60] = b"\xff" * 20
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join([*records[:2], bytes(broken), *records[3:]]))
    archive = Archive([path])
    assert [answer.body for answer in answers(archive)] == [b"0", b"1", b"3", b"4"]
    (damage,) = archive.damage
    assert (damage.file, damage.offset) == (str(path), len(records[0]) + len(records[1]))
    assert damage.reason.startswith("damaged")


def test_a_torn_tail_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    records = ours(2)
    path.write_bytes(records[0] + records[1][:-9])
    archive = Archive([path])
    assert len(archive) == 1
    assert archive.damage == [Damage(str(path), len(records[0]), "the file ends within a record")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        b"\x1f\x8bxx",
        gzip.compress(b"hello\n", mtime=0),
        b"\0" * 5000,
        b"WARC/1.0\r\nWARC-Type: response\r\n",
    ],
)
def test_what_is_no_archive_brings_no_look_and_no_crash(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    archive = Archive([path, tmp_path / "missing.warc.gz"])
    assert len(archive) == 0
    assert archive.damage[-1] == Damage(
        str(tmp_path / "missing.warc.gz"), 0, "cannot be read: No such file or directory"
    )


def test_a_huge_record_is_left_out(tmp_path: Path) -> None:
    tool = Tool()
    tool.write("response", b"\0" * 3_000_000)
    tool.write("response", b"small", when="2021-06-18T05:00:00Z")
    archive = Archive([tool.at(tmp_path / "a.warc.gz")], bound=1_000_000)
    assert [answer.body for answer in answers(archive)] == [b"small"]
    assert "more than 1000000 bytes" in archive.damage[0].reason


def test_a_bomb_within_a_record_is_left_out(tmp_path: Path) -> None:
    tool = Tool()
    tool.write("response", gzip.compress(b"\0" * 30_000_000), headers=[("Content-Encoding", "gzip")])
    archive = Archive([tool.at(tmp_path / "a.warc.gz")], bound=1_000_000)
    assert (len(archive), "more than" in archive.damage[0].reason) == (0, True)


def test_a_bad_date_is_named(tmp_path: Path) -> None:
    tool = Tool()
    tool.write("response", b"x", when="yesterday")
    (damage,) = scan(tool.at(tmp_path / "a.warc.gz"))
    assert isinstance(damage, Damage)
    assert "yesterday" in damage.reason


def test_too_many_records_are_left_out_aloud(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(ours(5)))
    archive = Archive([path], most=3)
    assert (len(archive), "more than 3 records" in archive.damage[0].reason) == (3, True)
