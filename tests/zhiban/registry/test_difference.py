"""The difference and its laws: applying the facts gives the import, and the import again gives no facts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from picking import flip, pick
from tables import HEAD, SOURCE_HEAD, write_csv, write_xlsx

from streams.days import Limit
from streams.records import Fact, FactKind
from streams.subjects import ColumnType, Kind, Source, Status, Subject
from zhiban.registry import Change, Event, Import, Known, Scope, applied, difference, read_registry
from zhiban.registry.aliases import REGISTRY, SOURCES
from zhiban.registry.fields import url_of
from zhiban.registry.identity import by_subject, identified, implied_sources, import_source, slug
from zhiban.registry.words import FIELD_NAMES

A = ("6107000036", "甲", "网站", "http://a.example.cn/", "")
B = ("6107000037", "乙", "网站", "http://b.example.cn/", "")
M = ("610700M023WX0002", "丙", "订阅号", "", "")
NEWS = (A[0], "column", "http://a.example.cn/news", "要闻", "news")


def load(tmp_path: Path, rows: Sequence[Any], sources: Sequence[Any] = ()) -> Import:
    paths = [write_csv(tmp_path / "registry.csv", [HEAD, *rows])] if rows else []
    if sources:
        paths.append(write_csv(tmp_path / "sources.csv", [SOURCE_HEAD, *sources]))
    return read_registry(paths, known_subjects=[A[0], B[0], M[0]])


def known_of(imported: Import) -> Known:
    return applied(Known(), difference(Known(), imported).facts)


def said(known: Known, imported: Import, scope: Scope = Scope.NAMED) -> list[tuple[str, str]]:
    return [(change.event.value, change.id) for change in difference(known, imported, scope).drift.changes]


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    imported = load(tmp_path, [A, B, M], [NEWS])
    first = difference(Known(), imported)
    assert [fact.kind for fact in first.facts].count(FactKind.REGISTERED) == 3
    again = difference(applied(Known(), first.facts), imported)
    assert again.facts == ()
    assert (again.drift.unchanged_subjects, again.drift.unchanged_sources) == (3, 5)


def test_a_changed_field_is_told_old_and_new(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A, B]))
    found = difference(known, load(tmp_path, [(*A[:4], "注销中"), B]))
    assert found.drift.changes == (Change(Event.CHANGED, "subject", A[0], "甲", (("status", "running", "closing"),)),)
    assert [(fact.kind, fact.text) for fact in found.facts] == [(FactKind.CHANGED, "status")]


def test_a_vanished_row_is_one_fact_and_stays_in_the_report(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A, B, M], [NEWS]))
    gone = load(tmp_path, [B])
    first = difference(known, gone)
    assert [(fact.kind, fact.subject and fact.subject.id) for fact in first.facts] == [(FactKind.VANISHED, A[0])]
    later = applied(known, first.facts)
    assert len(later.sources) == len(known.sources)
    second = difference(later, gone)
    assert second.facts == ()
    assert [(change.id, change.fresh) for change in second.drift.of(Event.VANISHED)] == [(A[0], False)]
    back = difference(later, load(tmp_path, [A, B]))
    assert [(fact.kind, fact.text) for fact in back.facts] == [(FactKind.CHANGED, "returned")]
    assert not applied(later, back.facts).vanished


def test_nothing_vanishes_by_a_refused_row_a_broken_file_or_a_part(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A, B, M], [NEWS, (A[0], "column", "http://a.example.cn/gg", "公告", "notice")]))
    assert said(known, load(tmp_path, [(*A[:4], "例外"), B])) == []
    assert said(known, load(tmp_path, [("6.10700E+09", *A[1:]), B])) == []
    assert said(known, load(tmp_path, [("6.10700E+09", "", "", "", ""), B])) == []
    garbage = tmp_path / "garbage.csv"
    garbage.write_bytes(bytes(range(256)) * 10)
    broken = read_registry([garbage, write_csv(tmp_path / "r.csv", [HEAD, B])])
    assert said(known, broken) == []
    assert not difference(known, broken).drift.judged
    assert said(known, load(tmp_path, [B]), Scope.PART) == []
    assert (
        said(known, load(tmp_path, [A, B], [(*NEWS[:4], "乱"), (A[0], "probe", "http://a.example.cn/", "首页", "")]))
        == []
    )


def test_a_list_of_accounts_says_nothing_of_sites_unless_it_is_all(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A, M], [NEWS]))
    assert said(known, load(tmp_path, [M])) == []
    assert said(known, load(tmp_path, [M]), Scope.ALL) == [("vanished", A[0])]


def test_a_source_keeps_its_id_when_its_address_or_its_name_changes(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A], [NEWS]))
    moved = difference(known, load(tmp_path, [A], [(*NEWS[:2], "http://new.example.cn/n", *NEWS[3:])]))
    (change,) = moved.drift.changes
    assert (change.event, change.id) == (Event.MOVED, f"{A[0]}/column/要闻")
    assert change.fields == (("url", NEWS[2], "http://new.example.cn/n"),)
    renamed = difference(known, load(tmp_path, [A], [(*NEWS[:3], "政务要闻", "news")]))
    assert [(change.event, change.id) for change in renamed.drift.changes] == [(Event.CHANGED, f"{A[0]}/column/要闻")]
    secure = difference(known, load(tmp_path, [A], [(*NEWS[:2], "https://a.example.cn/news/", *NEWS[3:])]))
    assert [change.event for change in secure.drift.changes] == [Event.CHANGED]


def test_a_removed_source_is_retired_and_said(tmp_path: Path) -> None:
    notice = (A[0], "column", "http://a.example.cn/gg", "公告", "notice")
    known = known_of(load(tmp_path, [A, B], [NEWS, notice]))
    found = difference(known, load(tmp_path, [A, B], [NEWS]))
    assert [(fact.kind, fact.source and fact.source.id) for fact in found.facts] == [
        (FactKind.SOURCE_RETIRED, f"{A[0]}/column/公告")
    ]
    assert said(known, load(tmp_path, [A, B], [NEWS]), Scope.PART) == []
    assert said(known, load(tmp_path, [], [NEWS])) == [("retired", f"{A[0]}/column/公告")]


def test_what_an_import_of_messages_made_no_list_takes_away(tmp_path: Path) -> None:
    box = ("610700B001", "市长信箱", "信箱", "", "")
    known = known_of(load(tmp_path, [box]))
    made = Source(id=import_source(box[0]), subject=box[0], connector="mailbox", url="file:", name="导入")
    known = applied(known, [Fact(kind=FactKind.SOURCE_ADDED, source=made)])
    found = difference(known, load(tmp_path, [box], [(box[0], "mailbox", "push:", "", "")]), Scope.ALL)
    assert [(fact.kind, fact.source and fact.source.url) for fact in found.facts] == [(FactKind.SOURCE_ADDED, "push:")]
    assert difference(applied(known, found.facts), load(tmp_path, [box]), Scope.NAMED).facts == ()


def test_a_registry_alone_leaves_declared_sources_and_moves_implied_ones(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A, B], [NEWS]))
    moved = load(tmp_path, [(*A[:3], "http://moved.example.cn/", ""), B])
    assert said(known, moved) == [
        ("moved", A[0]),
        ("moved", f"{A[0]}/probe/home"),
        ("moved", f"{A[0]}/column/home"),
    ]


def test_a_declared_home_takes_the_place_of_the_implied_one(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A]))
    rows = [
        (A[0], "probe", "http://a.example.cn/index.html", "门户", ""),
        (A[0], "column", "http://a.example.cn/i", "主页", "home"),
    ]
    assert [id_ for _, id_ in said(known, load(tmp_path, [A], rows))] == [f"{A[0]}/probe/home", f"{A[0]}/column/home"]


def test_sources_only_and_a_subject_that_only_the_log_knows(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A, B]))
    assert said(known, load(tmp_path, [], [NEWS])) == [("added", f"{A[0]}/column/要闻")]


def test_a_list_leaves_alone_the_subjects_that_it_does_not_name(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A, B], [NEWS, (B[0], "column", "http://b.example.cn/gg", "公告", "notice")]))
    imported = load(tmp_path, [A, B], [NEWS])
    assert said(known, imported) == []
    assert said(known, imported, Scope.ALL) == [("retired", f"{B[0]}/column/公告")]


def test_an_id_is_never_given_to_another_source(tmp_path: Path) -> None:
    known = known_of(load(tmp_path, [A], [NEWS]))
    renamed = load(tmp_path, [A], [(*NEWS[:3], "政务要闻", "news")])
    known = applied(known, difference(known, renamed).facts)
    other = load(tmp_path, [A], [(*NEWS[:2], "http://a.example.cn/other", *NEWS[3:])])
    assert said(known, other) == [("added", f"{A[0]}/column/要闻-2"), ("retired", f"{A[0]}/column/要闻")]


def test_ids_of_equal_and_missing_names() -> None:
    def source(name: str, url: str) -> Source:
        return Source(id="", subject="s", connector="column", url=url, name=name)

    rows = [
        source("公告", "http://1/"),
        source("公告", "http://2/"),
        source("", "http://3/"),
        source("", "http://4/"),
        source("首页", "http://5/"),
    ]
    known = identified(rows, [])
    assert [one.id for one in known] == [
        "s/column/公告",
        "s/column/公告-2",
        "s/column/1",
        "s/column/2",
        "s/column/home",
    ]
    shuffled = random.Random(1).sample(rows, len(rows))
    assert {one.url: one.id for one in identified(shuffled, known)} == {one.url: one.id for one in known}
    assert slug(" A／B 公告! ") == "a-b-公告"


LETTERS = "甲乙丙丁戊公告要闻市县局 abcXYZ019-（）,\"'\n#"
texts = st.text(LETTERS, max_size=12).map(lambda text: " ".join(text.split()))
names = texts.filter(lambda text: text and not text.startswith(("#", "'")))
hosts = st.sampled_from([f"http://{name}.example.cn/" for name in "abcdef"] + ["https://a.example.cn/x?y=1", ""])
named_hosts = hosts.filter(bool)
days = st.none() | st.dates(date(1990, 1, 1), date(2099, 12, 31))
column_types = st.none() | st.sampled_from(ColumnType)
limits = st.none() | st.builds(Limit, days=st.integers(1, 400)) | st.builds(Limit, months=st.integers(1, 60))
ids_of_six = st.lists(st.sampled_from([f"610700{n:04}" for n in range(6)]), unique=True, min_size=1)


@st.composite
def subjects(draw: st.DrawFn, id_: str) -> Subject:
    kind = pick(draw, Kind.SITE, Kind.ACCOUNT, Kind.MAILBOX)
    status = pick(draw, *Status)
    return Subject(
        id=id_,
        name=draw(names),
        kind=kind,
        platform=pick(draw, "微博", "抖音", "小红书") if kind is Kind.ACCOUNT else "",
        unit=draw(texts),
        supervisor=draw(texts),
        level=draw(texts),
        url=draw(hosts),
        status=status,
        status_until=draw(days) if status is Status.SUSPENDED else None,
        registered_on=draw(days),
        contact=draw(texts),
    )


@st.composite
def columns(draw: st.DrawFn, subject: str) -> Source:
    return Source(
        id="",
        subject=subject,
        connector=pick(draw, "column", "feed", "probe", "account"),
        url=draw(named_hosts),
        name=pick(draw, "", "公告", "要闻", "首页"),
        column_type=draw(column_types),
        top_level=flip(draw),
        limit=draw(limits),
        every=timedelta(minutes=draw(st.integers(1, 1440))),
        annual_due=pick(draw, "", "01-31"),
        season=pick(draw, "", "05-15..09-30"),
        owner=draw(texts),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Subject], list[Source]]:
    people = [draw(subjects(id_)) for id_ in draw(ids_of_six)]
    rows = [draw(columns(one.id)) for one in people for _ in range(draw(st.integers(0, 4)))]
    unlike = {(row.subject, row.connector, row.name, row.url.partition("://")[2].rstrip("/")): row for row in rows}
    return people, list(unlike.values())


def imported_of(world: tuple[list[Subject], list[Source]]) -> Import:
    people, rows = world
    lists = by_subject(rows)
    implied = [source for one in people for source in implied_sources(one, lists.get(one.id, ()))]
    tables = frozenset({REGISTRY, SOURCES})
    return Import(tuple(people), (*rows, *implied), declared=tuple(rows), tables=tables, whole=tables)


def without_ids(sources: Sequence[Source]) -> list[Source]:
    return sorted((msgspec.structs.replace(source, id="") for source in sources), key=repr)


@given(st.lists(worlds(), min_size=1, max_size=4))
def test_applying_the_facts_gives_the_import(told: list[tuple[list[Subject], list[Source]]]) -> None:
    known = Known()
    for world in told:
        imported = imported_of(world)
        known = applied(known, difference(known, imported, Scope.ALL).facts)
        here = {one.id for one in imported.subjects}
        assert {id_: one for id_, one in known.subjects.items() if id_ in here} == {
            one.id: one for one in imported.subjects
        }
        assert known.vanished == frozenset(known.subjects) - here
        assert without_ids([one for one in known.sources.values() if one.subject in here]) == without_ids(
            imported.sources
        )
        assert difference(known, imported, Scope.ALL).facts == ()
        assert difference(known, imported).facts == ()
        assert difference(known, imported, Scope.PART).facts == ()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case timedelta():
            return f"{int(value.total_seconds()) // 60}m"
        case _:
            return str(value)


def _table(things: Sequence[msgspec.Struct], fields: list[str], draw: random.Random) -> list[list[str]]:
    draw.shuffle(fields)
    head = [FIELD_NAMES[field] if draw.random() < 0.5 else field for field in fields]
    return [head, *([_cell(getattr(thing, field)) for field in fields] for thing in things)]


@settings(max_examples=40)
@given(worlds(), st.randoms(use_true_random=False), st.sampled_from(["utf-8-sig", "gb18030", "utf-16", "xlsx"]))
def test_what_is_written_is_read(
    tmp_path: Path, world: tuple[list[Subject], list[Source]], draw: random.Random, form: str
) -> None:
    people, rows = world
    subject_fields = [field for field in Subject.__struct_fields__ if field != "contact2"]
    source_fields = [field for field in Source.__struct_fields__ if field not in {"id", "note"}]
    tables = [_table(people, subject_fields, draw), _table(rows, source_fields, draw)]
    paths = []
    for number, table in enumerate(tables):
        if any(row[0].startswith("#") for row in table):
            table[:] = [[*row[1:], row[0]] for row in table]
        if any(row[0].startswith("#") for row in table):
            return
        path = tmp_path / f"{number}.{form}"
        paths.append(write_xlsx(path, table) if form == "xlsx" else write_csv(path, table, form))
    imported = read_registry(paths)
    assert imported.refusals == ()
    assert list(imported.subjects) == people
    assert without_ids(imported.declared) == without_ids(rows)


@given(st.text(max_size=60))
def test_an_address_in_one_form_stays_as_it_is(text: str) -> None:
    try:
        once = url_of(text, lambda *_, **__: None)
    except ValueError:
        return
    assert url_of(once, lambda *_, **__: None) == once
