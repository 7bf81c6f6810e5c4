import asyncio
import random
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from streams.connectors import Failure, Met, Probed, Response
from streams.ports.archive import Archive
from streams.ports.evidence import EvidenceInMemory, WarcFolder
from streams.ports.warc import Taken, packed
from streams.ports.warc_file import WarcFile, salvage, whole_until
from streams.ports.warc_read import scan

START = datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=UTC)
URL = "http://www.city.example.cn/zwgk/列表?页=1"
PAGE = "<li>关于召开会议的通知 2026-03-01</li>".encode() * 30


def response(body: bytes = PAGE, status: int = 200, **more: Any) -> Response:
    return Response(status=status, body=body, headers={"content-type": "text/html", "etag": '"1"'}, url=URL, **more)


def taken(answer: Met | None = None, minutes: int = 0, url: str = URL) -> Taken:
    return Taken(START + timedelta(minutes=minutes), url, answer or response())


ANSWERS: list[Met] = [
    response(),
    response(b""),
    response(b"gone", 404, moved=("http://a.example/",), seconds=1.25, note="expired"),
    Failure(cause="dns", detail="no such name\r\nWARC/1.0", seconds=0.5),
    Probed(stage="tls", detail="certificate expired", seconds=0.2, ipv4=False),
    Probed(
        stage="done",
        status=412,
        seconds=0.2,
        ipv4=True,
        ipv6=False,
        certificate_days=9,
        url=URL,
        headers={"server": "x"},
        body=b"<script>",
    ),
    Response(
        status=200, headers={"content-encoding": "gzip", "x-单位": "某局", "transfer-encoding": "chunked"}, url=URL
    ),
]


@pytest.fixture
def folder(tmp_path: Path) -> WarcFolder:
    made = WarcFolder(tmp_path / "evidence")
    made.prepare()
    return made


def files(folder: WarcFolder) -> list[Path]:
    return sorted(folder._folder.iterdir())


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
async def test_what_is_kept_comes_back(folder: Any, answer: Met) -> None:
    name = await folder.keep(taken(answer))
    back = await folder.fetch(name)
    if answer is ANSWERS[-1]:  # WARC keeps HTTP headers as ASCII: other signs are percent-encoded
        assert back.answer.headers["content-encoding"] == "gzip"
        assert back.answer.headers["transfer-encoding"] == "chunked"
    else:
        assert back.answer == answer
    assert back.asked_at == START
    await folder.aclose()


async def test_other_tools_can_read_it(folder: Any) -> None:
    for answer in [*ANSWERS, response(), response(b"", 304)]:
        await folder.keep(taken(answer))
    await folder.aclose()
    (path,) = files(folder)
    kinds = []
    with path.open("rb") as handle:
        for record in ArchiveIterator(handle, check_digests="raise"):
            kinds.append(record.rec_type)
            record.content_stream().read()
    assert kinds == [
        "warcinfo",
        "response",
        "response",
        "response",
        "metadata",
        "metadata",
        "response",
        "response",
        "revisit",
        "revisit",
    ]
    assert path.match("zhiban-20260302-*.warc.gz")


async def test_an_unchanged_page_is_pointed_at_and_found_again(folder: Any) -> None:
    body = bytes(range(256)) * 400
    first = await folder.keep(taken(response(body)))
    size = files(folder)[0].stat().st_size
    same = await folder.keep(taken(response(body), 10))
    unmodified = await folder.keep(taken(response(b"", 304), 20))
    assert files(folder)[0].stat().st_size - size < 3000
    assert (await folder.fetch(same)).answer.body == body
    whole = await folder.fetch(unmodified)
    assert (whole.answer.status, whole.answer.body, whole.asked_at) == (200, body, START + timedelta(minutes=20))
    assert len({first, same, unmodified}) == 3
    await folder.aclose()


async def test_nobody_else_may_read_it(folder: Any) -> None:
    await folder.keep(taken())
    (path,) = files(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await folder.aclose()


async def test_many_at_once_are_all_kept_apart(folder: Any) -> None:
    all_taken = [taken(response(b"%d" % number), number, f"http://a.example/{number}") for number in range(300)]
    ids = await asyncio.gather(*(folder.keep(one) for one in all_taken))
    assert len(set(ids)) == 300
    assert [await folder.fetch(name) for name in ids[::37]] == [
        Taken(one.asked_at, one.url, one.answer) for one in all_taken[::37]
    ]
    await folder.aclose()


async def test_files_turn_with_size_and_day(tmp_path: Path) -> None:
    folder: Any = WarcFolder(tmp_path, file_bytes=2000)
    for number in range(6):
        await folder.keep(taken(response(random.Random(number).randbytes(1500)), number))
    await folder.keep(taken(minutes=24 * 60))
    await folder.aclose()
    days = [path.name.split("-")[1] for path in files(folder)]
    assert len(days) > 3
    assert days[-1] == "20260303"


async def test_the_budget_sweeps_old_files_but_none_that_is_cited(tmp_path: Path) -> None:
    cited: list[str] = []
    folder: Any = WarcFolder(tmp_path, file_bytes=3000, budget=16_000, cited=lambda: cited)
    noise = [random.Random(number).randbytes(3000) for number in range(12)]
    first = await folder.keep(taken(response(noise[0]), url="http://a.example/"))
    cited.append(await folder.keep(taken(response(noise[0]), 1, url="http://a.example/")))
    ids = [
        await folder.keep(taken(response(noise[number]), number, f"http://b.example/{number}"))
        for number in range(1, 12)
    ]
    await folder.aclose()
    await folder.sweep()
    total = sum(path.stat().st_size for path in files(folder))
    assert total <= 16_000
    assert (await folder.fetch(cited[0])).answer.body == noise[0]
    assert await folder.fetch(first) is not None  # the body that the cited one points at
    assert await folder.fetch(ids[1]) is None
    assert await folder.fetch(ids[-1]) is not None


async def test_a_swept_original_is_written_anew(tmp_path: Path) -> None:
    folder: Any = WarcFolder(tmp_path, file_bytes=100, budget=1)
    await folder.keep(taken())
    again = await folder.keep(taken(minutes=1))
    await folder.keep(taken(minutes=2))
    await folder.keep(taken(minutes=3))
    last = await folder.keep(taken(minutes=4))
    assert (await folder.fetch(last)).answer.body == PAGE
    assert again != last
    await folder.aclose()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 4000), st.binary(max_size=20))
def test_a_torn_tail_is_cut_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, cut: int, rubbish: bytes
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    records = [packed(taken(response(b"%d" % number)), "", None, 3).data for number in range(6)]
    whole = b"".join(records)
    ends = [sum(map(len, records[:number])) for number in range(7)]
    path = folder / "zhiban-20260302-h-1-1.warc.gz.open"
    kept = min(cut, len(whole))
    path.write_bytes(whole[:kept] + rubbish)
    expected = max(end for end in ends if end <= kept)
    assert whole_until(path) >= expected
    salvage(path)
    sealed = path.with_name("zhiban-20260302-h-1-1.warc.gz")
    assert (sealed.read_bytes() if sealed.exists() else b"") == whole[:expected]
    assert not path.exists()


async def test_a_file_whose_writer_lives_is_left_alone(folder: Any) -> None:
    name = await folder.keep(taken())
    other: Any = WarcFolder(folder._folder)
    assert other.prepare() == []
    theirs = await other.keep(taken(minutes=1))
    assert name.partition("@")[0] != theirs.partition("@")[0]
    assert (await other.fetch(name)).answer == taken().answer
    await other.aclose()
    await folder.aclose()


WRITER = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from streams.connectors import Response
from streams.ports.archive import Archive
from streams.ports.evidence import WarcFolder
from streams.ports.warc import Taken
async def main():
    folder = WarcFolder(Path(sys.argv[1])); folder.prepare()
    for number in range(10):
        seen = Taken(datetime(2026, 3, 2, tzinfo=UTC), f"http://a.example/{number}", Response(status=200, body=b"x"))
        print(await folder.keep(seen))
    sys.stdout.flush()
    folder._file.append(b"\\x1f\\x8b\\x08torn")
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""


async def test_a_killed_process_loses_nothing_that_it_promised(tmp_path: Path) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    ids = (await writer.communicate())[0].decode().split()
    assert len(ids) == 10
    folder: Any = WarcFolder(tmp_path)
    (told,) = folder.prepare()
    assert "cut 7 torn bytes" in told
    assert [(await folder.fetch(name)).url for name in ids] == [f"http://a.example/{number}" for number in range(10)]


async def test_a_disk_that_fails_is_told_and_the_next_try_is_on_a_new_file(tmp_path: Path) -> None:
    folder: Any = WarcFolder(tmp_path / "later")
    with pytest.raises(OSError, match="later"):
        await folder.keep(taken())
    folder.prepare()
    assert await folder.fetch(await folder.keep(taken())) is not None
    await folder.aclose()


@pytest.mark.parametrize("name", ["", "x", "../../etc/passwd@0", "zhiban-20260302-h-1-1@0", "zhiban-1@99", "@"])
async def test_what_was_never_kept_is_not_there(folder: Any, name: str) -> None:
    assert await folder.fetch(name) is None


async def test_in_memory() -> None:
    kept = EvidenceInMemory()
    assert await kept.fetch(await kept.keep(taken())) == taken()
    assert await kept.fetch("other") is None


def test_a_name_is_never_taken_twice(tmp_path: Path) -> None:
    first = WarcFile.create(tmp_path, "zhiban-20260302-h-1-1", "20260302", b"x")
    assert first is not None
    assert WarcFile.create(tmp_path, "zhiban-20260302-h-1-1", "20260302", b"x") is None
    first.seal()
    assert WarcFile.create(tmp_path, "zhiban-20260302-h-1-1", "20260302", b"x") is None


async def test_the_folder_is_an_archive(folder: Any) -> None:
    await folder.keep(taken(minutes=5, url="http://b.example/"))
    await folder.keep(taken())
    await folder.keep(taken(response(b"", 304), 7))
    await folder.keep(taken(Failure(cause="timeout"), 9))
    await folder.aclose()
    archive = Archive(files(folder))
    seen = [(one.taken.asked_at, one.taken.url, getattr(one.taken.answer, "status", "")) for one in archive]
    assert seen == [
        (START, URL, 200),
        (START + timedelta(minutes=5), "http://b.example/", 200),
        (START + timedelta(minutes=7), URL, 200),
        (START + timedelta(minutes=9), URL, ""),
    ]
    assert archive.damage == []
    assert len(list(scan(files(folder)[0]))) == 4
