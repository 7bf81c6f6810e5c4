"""The traps of real registries, each read or refused by name."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tables import HEAD, SOURCE_HEAD, write_csv, write_xlsx

from streams.days import Limit
from streams.subjects import ColumnType, Kind, Status
from zhiban.registry import Import, Mapping, csv_grid, grids, read_registry, xlsx_grid
from zhiban.registry.words import TEXTS, in_words

SITE = ("6107000036", "示例市人民政府", "网站", "https://www.example.gov.cn/", "正常运行")
MEDIA = ("610700M023WX0002", "示例体育", "微信公众号", "", "正常运行")


def read(*paths: Path, **more: Any) -> Import:
    return read_registry(paths, **more)


def registry(tmp_path: Path, *rows: Sequence[object], head: Sequence[object] = HEAD) -> Import:
    return read(write_csv(tmp_path / "registry.csv", [head, *rows]))


def whys(imported: Import) -> list[tuple[int, str, str]]:
    return [(refusal.row, refusal.field, refusal.why) for refusal in imported.refusals]


def noted(imported: Import) -> set[str]:
    return {notice.why for notice in imported.notices}


def test_good_rows_go_in_and_every_bad_field_is_named(tmp_path: Path) -> None:
    bad = ("", "无码", "网站", "not an address", "例外")
    imported = registry(tmp_path, SITE, bad, MEDIA)
    assert [subject.id for subject in imported.subjects] == [SITE[0], MEDIA[0]]
    assert whys(imported) == [(3, "id", "required"), (3, "status", "status"), (3, "url", "url")]
    text = in_words(imported.refusals[1])
    assert all(word in text for word in ("registry.csv", "第 3 行", "状态", "例外", "正常运行"))
    english = in_words(imported.refusals[1], "en")
    assert english.startswith("registry.csv row 3 status: found '例外': expected")


def test_english_headers_in_any_order(tmp_path: Path) -> None:
    head = ("status_until", "kind", "name", "id", "status", "registered_on", "contact2")
    imported = registry(tmp_path, ("2026-12-31", "site", "A", "1", "suspended", "2020-01-02", "b"), head=head)
    (subject,) = imported.subjects
    assert (subject.status, subject.status_until) == (Status.SUSPENDED, date(2026, 12, 31))
    assert (subject.registered_on, subject.contact2) == (date(2020, 1, 2), "b")
    assert noted(imported) == {"id_pattern", "no_url"}


def test_headers_of_the_official_annex_and_unmapped_ones(tmp_path: Path) -> None:
    head = ("网站名称（账号名称）", "首页网址(开设主体)", "网站标识码\n（政务新媒体标识码）", "类型", "检查结果")
    imported = registry(tmp_path, ("示例体育", "示例市体育局", "610700M023WX0002", "微信视频号", "合格"), head=head)
    assert imported.subjects[0].platform == "微信视频号"
    assert imported.subjects[0].url == ""
    assert noted(imported) == {"url_dropped"}
    assert imported.unmapped[0].headers == ("检查结果",)


def test_titles_above_and_two_levels_of_header(tmp_path: Path) -> None:
    rows = [("示例市名录", "", "", "", ""), ("", "", "", "", ""), ("检查对象", "", "类型", "联系方式", "")]
    imported = registry(
        tmp_path,
        *rows[1:],
        ("标识码", "名称", "", "联系人", "电话"),
        ("1304000009", "甲", "网站", "张", "1"),
        head=rows[0],
    )
    (subject,) = imported.subjects
    assert (subject.id, subject.kind, subject.contact) == ("1304000009", Kind.SITE, "张")
    assert imported.unmapped[0].headers == ("电话",)


def test_merged_cells_of_a_workbook(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        for area in ("A1:E1", "A2:B2", "C2:C3", "D2:E2", "D4:D5", "A6:E6"):
            sheet.merge_cells(area)

    rows = [
        ("名录", None, None, None, None),
        ("检查对象", None, "类型", "单位", None),
        ("标识码", "名称", None, "主办单位", "主管单位"),
        ("610700M023WX0002", "甲", "订阅号", "体育局", "办公室"),
        ("610700M023DY0001", "乙", "抖音视频号", None, "办公室"),
        ("二、县区", None, None, None, None),
        ("610700M024WB0001", "丙", "微博", "教育局", "办公室"),
    ]
    imported = read(write_xlsx(tmp_path / "a.xlsx", rows, merge))
    assert [(one.name, one.platform, one.unit) for one in imported.subjects] == [
        ("甲", "微信公众号", "体育局"),
        ("乙", "抖音", "体育局"),
        ("丙", "微博", "教育局"),
    ]
    assert noted(imported) == {"title_row"}
    assert not imported.refusals


@pytest.mark.parametrize(
    ("written", "read_as", "notice"),
    [
        ("６１０７０００００３６".replace("０００００", "００００"), "6107000036", ""),
        ("\u200b6107000036\u00a0 ", "6107000036", ""),
        ("'6107000036", "6107000036", ""),
        ('="6107000036"', "6107000036", ""),
        ("6107000036.0", "6107000036", "code_repaired"),
        ("6.107000036E+09", "6107000036", "code_repaired"),
        ("610700m023wx0002", "610700M023WX0002", "code_case"),
        ("107000036", "107000036", "id_leading_zero"),
        ("bm01000001", "bm01000001", ""),
        ("N000000672", "N000000672", ""),
        ("自编号-7", "自编号-7", "id_pattern"),
    ],
)
def test_codes_are_repaired_where_exact(tmp_path: Path, written: str, read_as: str, notice: str) -> None:
    kind = "account" if "M" in read_as else "site"
    imported = registry(tmp_path, (written, "甲", kind, "a.example.cn", ""))
    assert [subject.id for subject in imported.subjects] == [read_as]
    assert (notice in noted(imported)) or not notice
    assert {"code_repaired", "code_case", "id_leading_zero", "id_pattern"} & noted(imported) <= {notice}


@pytest.mark.parametrize("written", ["1.30400E+09", "6.107E+9", "6.10700M+1.5E+30"[-7:]])
def test_codes_that_lost_digits_are_refused_by_name(tmp_path: Path, written: str) -> None:
    imported = registry(tmp_path, (written, "甲", "site", "", ""), SITE)
    assert whys(imported) == [(2, "id", "code_digits_lost")]
    assert len(imported.subjects) == 1


def test_numbers_dates_and_formulas_of_a_workbook(tmp_path: Path) -> None:
    def touch(sheet: Any) -> None:
        sheet["A3"].number_format = "0000000000"

    head = (*HEAD, "备案日期")
    rows = [
        head,
        (6107000036, "数字", "网站", "a.example.cn", None, datetime.fromisoformat("2020-01-02")),
        (107000036, "补零", "网站", "b.example.cn", None, 43832),
        (6107000038.0, "浮点", "网站", "c.example.cn", None, "2020年1月2日"),
        (1.5, "小数", "网站", "d.example.cn", None, None),
        (6107000000000000123, "太长", "网站", "e.example.cn", None, None),
        ("=A2+1", "公式", "网站", "f.example.cn", None, None),
        ("#REF!", "错误", "网站", "g.example.cn", None, None),
        (6107000039, "日期", "网站", "h.example.cn", None, "1/2/20"),
        (True, "真", "网站", "i.example.cn", None, None),
    ]
    imported = read(write_xlsx(tmp_path / "a.xlsx", rows, touch))
    assert [subject.id for subject in imported.subjects] == ["6107000036", "0107000036", "6107000038"]
    assert {subject.registered_on for subject in imported.subjects} == {date(2020, 1, 2)}
    assert "date_serial" in noted(imported)
    assert whys(imported) == [
        (5, "id", "code_digits_lost"),
        (6, "id", "code_digits_lost"),
        (7, "id", "formula"),
        (8, "id", "error_value"),
        (9, "registered_on", "date"),
        (10, "id", "code_type"),
    ]


def test_a_formula_with_a_saved_result_is_read(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEAD, ("6107000036", "=1", "网站", "a.example.cn", None)])
    saved = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(saved, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part.endswith("sheet1.xml"):
                # As a spreadsheet saves it; openpyxl never calculates.
                data = data.replace(b'<c r="B2"><f>1</f><v />', '<c r="B2" t="str"><f>1</f><v>甲</v>'.encode())
                data = data.replace(b'<c r="B2"><f>1</f><v></v>', '<c r="B2" t="str"><f>1</f><v>甲</v>'.encode())
            new.writestr(part, data)
    assert [subject.name for subject in read(saved).subjects] == ["甲"]


def test_empty_and_duplicate_ids_and_repeated_headers(tmp_path: Path) -> None:
    imported = registry(tmp_path, SITE, (), ("", "", "", "", ""), HEAD, SITE, ("  ", "甲", "网站", "", ""))
    assert whys(imported) == [(6, "id", "duplicate_id"), (7, "id", "required")]
    assert imported.refusals[0].args == {"row": "2", "file": "registry.csv"}


@pytest.mark.parametrize(
    ("said", "platform", "kind", "platform_read"),
    [
        ("订阅号", "", Kind.ACCOUNT, "微信公众号"),
        ("视频号", "", Kind.ACCOUNT, "微信视频号"),
        ("抖音短视频", "", Kind.ACCOUNT, "抖音"),
        ("移动客户端（ＡＰＰ）", "", Kind.ACCOUNT, "移动客户端"),
        ("今日头条", "", Kind.ACCOUNT, "今日头条"),
        ("人民号", "", Kind.ACCOUNT, "人民号"),
        ("政务新媒体", "百家号", Kind.ACCOUNT, "百家号"),
        ("account", "小红书", Kind.ACCOUNT, "小红书"),
        ("小红书", "", Kind.ACCOUNT, "小红书"),
        ("新媒体", "", Kind.ACCOUNT, "XH"),
    ],
)
def test_kinds_and_platforms(tmp_path: Path, said: str, platform: str, kind: Kind, platform_read: str) -> None:
    head = ("标识码", "名称", "类型", "平台")
    (subject,) = registry(tmp_path, ("610700M023XH0002", "甲", said, platform), head=head).subjects
    assert (subject.kind, subject.platform) == (kind, platform_read)


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    assert whys(registry(tmp_path, ("1", "甲", "monitor", "", ""), ("2", "乙", "", "", ""))) == [
        (2, "kind", "kind"),
        (3, "kind", "required"),
    ]


@pytest.mark.parametrize(
    ("said", "status", "until"),
    [
        ("正常运行", Status.RUNNING, None),
        ("", Status.RUNNING, None),
        ("注销中", Status.CLOSING, None),
        ("已注销", Status.CANCELLED, None),
        ("关停", Status.SHUT, None),
        ("改版/临时下线", Status.SUSPENDED, None),
        ("临时下线至2026年12月31日", Status.SUSPENDED, date(2026, 12, 31)),
        ("临时下线（至2026-12-31）", Status.SUSPENDED, date(2026, 12, 31)),
    ],
)
def test_statuses(tmp_path: Path, said: str, status: Status, until: date | None) -> None:
    (subject,) = registry(tmp_path, (*SITE[:4], said)).subjects
    assert (subject.status, subject.status_until) == (status, until)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("WWW.Example.gov.cn", "http://www.example.gov.cn/"),
        ("http:\\\\www.example.gov.cn", "http://www.example.gov.cn/"),
        ("https://www.example.gov.cn:443", "https://www.example.gov.cn/"),
        ("ｈｔｔｐ：／／www。example。gov。cn/a b", "http://www.example.gov.cn/ab"),
        ("http://www.example.gov.cn/a#top", "http://www.example.gov.cn/a"),
        ("http://www.example.gov.cn/#/home", "http://www.example.gov.cn/#/home"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://[::1]:80/", "http://[::1]/"),
    ],
)
def test_addresses_have_one_form(tmp_path: Path, written: str, read_as: str) -> None:
    assert registry(tmp_path, (*SITE[:3], written, "")).subjects[0].url == read_as


@pytest.mark.parametrize(
    "written", ["ftp://a.cn/", "无", "http://", "http://a b@c/", "http://a.cn:x/", "http://[1/", "javascript:alert(1)"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, written: str) -> None:
    imported = registry(tmp_path, (*SITE[:3], written, ""))
    assert [field for _, field, _ in whys(imported)] == ["url"]


def test_addresses_that_differ_by_scheme_or_slash_are_reported(tmp_path: Path) -> None:
    imported = registry(tmp_path, SITE, ("6107000037", "乙", "网站", "http://www.example.gov.cn", ""))
    assert len(imported.subjects) == 2
    (notice,) = [notice for notice in imported.notices if notice.why == "same_address"]
    assert (notice.row, notice.args["id"]) == (3, SITE[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = write_csv(tmp_path / "registry.csv", [HEAD, SITE], encoding)
    assert read(path).subjects[0].name == SITE[1]


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "registry.csv"
    path.write_text("\r\n".join(delimiter.join(row) for row in (HEAD, SITE)), encoding="utf-16")
    assert read(path).subjects[0].name == SITE[1]


def test_one_damaged_byte_costs_one_row(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "registry.csv", [HEAD, SITE, *(("x" + str(n), "很好的名称", "网站", "", "") for n in range(9))]
    )
    path.write_bytes(path.read_bytes().replace("很好的".encode(), "很好的".encode()[:-1], 1))
    imported = read(path)
    assert [(row, field) for row, field, why in whys(imported) if why == "damaged"] == [(3, "name")]
    assert len(imported.subjects) == 9


def test_quotes_and_line_breaks_in_cells(tmp_path: Path) -> None:
    imported = registry(tmp_path, ("6107000036", '示例"市"\n人民政府，甲', "网站", "a.example.cn", ""), MEDIA)
    assert imported.subjects[0].name == '示例"市" 人民政府，甲'
    assert imported.subjects[1].id == MEDIA[0]


def test_an_open_quote_costs_its_row_and_hides_nobody(tmp_path: Path) -> None:
    rows = "\n".join(f"610700{n:04},名{n},网站,,正常运行" for n in range(1, 30))
    path = tmp_path / "registry.csv"
    path.write_text(f'{",".join(HEAD)}\n6107009999,"未闭合,网站,,\n{rows}\n6107009998,"a"b,网站,,\n', encoding="utf-8")
    imported = read(path)
    assert len(imported.subjects) == 29
    assert [(row, why) for row, _, why in whys(imported)] == [(2, "open_quote"), (32, "quoting")]
    assert not imported.whole


def test_bounds(tmp_path: Path) -> None:
    imported = registry(tmp_path, ("1", "长" * 10_001, "网站", "", ""), SITE)
    assert whys(imported)[0] == (2, "name", "too_long")
    path = tmp_path / "huge.csv"
    with path.open("wb") as handle:
        handle.truncate(grids.MAX_FILE + 1)
    assert [refusal.why for refusal in read(path).refusals] == ["too_large"]


def test_a_row_beyond_the_limit_is_named(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(",".join(HEAD) + "\n" * (csv_grid.MAX_ROWS + 10), encoding="utf-8")
    assert whys(read(path)) == [(csv_grid.MAX_ROWS + 1, "", "too_many_rows")]


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb,
        bomb.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(xlsx_grid.MAX_STRINGS // 1_000_000 + 1):
            part.write(bytes(1_000_000))
    assert [refusal.why for refusal in read(path).refusals] == ["too_large_inside"]


def test_a_hostile_sheet_is_bounded(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEAD, SITE])
    hostile = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(hostile, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part.endswith("sheet1.xml"):
                far = b'<row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData>'
                far += b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
                data = data.replace(b"</sheetData>", far)
            new.writestr(part, data)
    imported = read(hostile)
    assert not imported.whole
    assert imported.refusals


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
@pytest.mark.parametrize("size", [1, 40, 1000, 100_000])
def test_garbage_is_one_refusal_that_names_the_file(tmp_path: Path, name: str, size: int) -> None:
    path = tmp_path / name
    path.write_bytes(random.Random(size).randbytes(size))
    good = write_csv(tmp_path / "good.csv", [HEAD, SITE])
    imported = read(path, good)
    assert [refusal.file for refusal in imported.refusals] == [name]
    assert len(imported.subjects) == 1
    assert not imported.whole


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04" + bytes(100), "broken_xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old_excel"),
        (b"<html><table><tr><td>1", "web_page"),
        ("甲,乙\n1,2\n".encode(), "no_header"),
        ("标识码,名称\n1,2\n".encode(), "missing_columns"),
    ],
)
def test_what_is_no_registry_is_told_apart(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert [refusal.why for refusal in read(path, tmp_path / "none.csv").refusals] == [why, "missing"]


def test_several_sheets_and_a_hidden_one(tmp_path: Path) -> None:
    def add(sheet: Any) -> None:
        second = sheet.parent.create_sheet("乙单位")
        second.append(HEAD)
        second.append(MEDIA)
        hidden = sheet.parent.create_sheet("旧")
        hidden.append(HEAD)
        hidden.sheet_state = "hidden"
        sheet.parent.create_sheet("空")

    imported = read(write_xlsx(tmp_path / "a.xlsx", [HEAD, SITE], add))
    assert len(imported.subjects) == 2
    assert {"hidden_sheet", "empty_sheet"} <= noted(imported)


def test_a_mapping_file_names_other_headers(tmp_path: Path) -> None:
    mapping = Mapping({"id": "编号(统一)", "contact": "经办"}, {"kind": "site", "level": "市级"}, implied=False)
    path = write_csv(tmp_path / "a.csv", [("编号", "名称", "经办人"), ("6107000036", "甲", "张")])
    imported = read(path, mapping=mapping)
    assert [(one.id, one.kind, one.level) for one in imported.subjects] == [("6107000036", Kind.SITE, "市级")]
    assert "mapping_column" in noted(imported)
    assert imported.unmapped[0].headers == ("经办人",)
    assert not imported.sources


def sources(tmp_path: Path, *rows: Sequence[object], head: Sequence[object] = SOURCE_HEAD) -> Import:
    paths = (
        write_csv(tmp_path / "sources.csv", [head, *rows]),
        write_csv(tmp_path / "registry.csv", [HEAD, SITE, MEDIA]),
    )
    return read(*paths)


def test_every_field_of_a_source(tmp_path: Path) -> None:
    head = (
        *SOURCE_HEAD,
        "一级栏目",
        "更新期限",
        "轮询间隔",
        "季节",
        "年度期限",
        "无此类事项",
        "暂停至",
        "责任人",
        "备注",
    )
    row = (
        SITE[0],
        "栏目",
        "a.example.cn/x",
        "防汛",
        "季节性",
        "是",
        "6个月",
        "30分钟",
        "5月15日至9月30日",
        "1月31日",
        "张三批准",
        "2026-12-31",
        "李",
        "注",
    )
    source = sources(tmp_path, row, head=head).declared[0]
    assert (source.connector, source.column_type, source.top_level) == ("column", ColumnType.SEASONAL, True)
    assert (source.limit, source.every) == (Limit(months=6), timedelta(minutes=30))
    assert (source.season, source.annual_due, source.declared_none) == ("05-15..09-30", "01-31", "张三批准")
    assert (source.suspended_until, source.owner, source.note) == (date(2026, 12, 31), "李", "注")


def test_bad_fields_of_a_source_are_each_named(tmp_path: Path) -> None:
    head = (*SOURCE_HEAD, "一级栏目", "更新期限", "轮询间隔", "季节", "年度期限")
    imported = sources(tmp_path, ("404", "电话", "x", "", "栏", "也许", "0d", "1s", "5月", "02-30"), head=head)
    fields = ["connector", "url", "column_type", "top_level", "season", "annual_due", "limit", "every"]
    assert [field for _, field, _ in whys(imported)] == fields


def test_sources_of_nobody_and_doubles(tmp_path: Path) -> None:
    row = (SITE[0], "column", "http://a.example.cn/x", "要闻", "news")
    imported = sources(
        tmp_path, row, (SITE[0], "column", "https://a.example.cn/x/", "要闻", "news"), ("404", "probe", "a.cn", "", "")
    )
    assert whys(imported) == [(3, "url", "duplicate_source"), (4, "subject", "unknown_subject")]


def test_a_site_gets_what_nobody_listed(tmp_path: Path) -> None:
    imported = sources(tmp_path, (SITE[0], "column", "http://a.example.cn/x", "要闻", "news"))
    found = {source.id: source.every for source in imported.sources}
    hours = timedelta(hours=4)
    assert found == {
        f"{SITE[0]}/column/要闻": hours,
        f"{SITE[0]}/probe/home": timedelta(hours=1),
        f"{SITE[0]}/column/home": hours,
    }
    assert {"implied_probe", "implied_home"} <= noted(imported)


def test_a_date_that_a_spreadsheet_made_of_a_month_and_day(tmp_path: Path) -> None:
    head = (*SOURCE_HEAD, "年度期限")
    rows = [head, (SITE[0], "column", "http://a.example.cn/", "报表", "annual", datetime.fromisoformat("2026-01-31"))]
    imported = read(write_xlsx(tmp_path / "s.xlsx", rows), write_csv(tmp_path / "r.csv", [HEAD, SITE]))
    assert imported.declared[0].annual_due == "01-31"


def test_the_templates_read_without_a_refusal(tmp_path: Path) -> None:
    folder = Path(grids.__file__).parents[1] / "templates"
    imported = read(folder / "registry.csv", folder / "sources.csv")
    assert not imported.refusals
    assert not imported.unmapped
    assert (len(imported.subjects), len(imported.declared), len(imported.sources)) == (3, 7, 7)
    assert imported.whole == {"registry", "sources"}


def test_every_text_is_there_twice_and_fills_alike() -> None:
    for chinese, english in TEXTS.values():
        fields = [
            sorted(part.partition("}")[0].partition("!")[0] for part in text.split("{")[1:])
            for text in (chinese, english)
        ]
        assert fields[0] == fields[1]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("push:", "push:"),
        ("FILE：12345", "file:12345"),
        ("imaps://Mail.Example.gov.cn:993/INBOX", "imaps://mail.example.gov.cn/INBOX"),
        ("www.example.gov.cn/szxx", "http://www.example.gov.cn/szxx"),
    ],
)
def test_a_mailbox_is_read_at_an_address_or_told(tmp_path: Path, written: str, read_as: str) -> None:
    box = ("0000000002", "市长信箱", "信箱", "", "正常运行")
    subjects = write_csv(tmp_path / "registry.csv", [HEAD, box])
    sources = write_csv(tmp_path / "sources.csv", [SOURCE_HEAD, _mailbox(written)])
    imported = read(subjects, sources)
    assert [(one.connector, one.url) for one in imported.sources] == [("mailbox", read_as)]


def test_what_a_mailbox_is_not_read_at_is_refused_by_name(tmp_path: Path) -> None:
    box = ("0000000002", "市长信箱", "信箱", "", "正常运行")
    subjects = write_csv(tmp_path / "registry.csv", [HEAD, box])
    for wrong, why in (("pop3://mail.example", "mailbox_url"), ("imaps://me:pass@mail.example/", "url_user")):
        sources = write_csv(tmp_path / "sources.csv", [SOURCE_HEAD, _mailbox(wrong)])
        assert whys(read(subjects, sources)) == [(2, "url", why)]


def _mailbox(url: str) -> tuple[str, ...]:
    row = {"检查对象标识码": "0000000002", "连接器": "信箱", "网址": url}
    return tuple(row.get(str(name), "") for name in SOURCE_HEAD)
