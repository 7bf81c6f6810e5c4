"""Every text of the registry that people read, in Chinese and English, until gettext's catalogues take them over."""

from __future__ import annotations

from collections.abc import Mapping

from zhiban.registry import message_words
from zhiban.registry.remarks import Remark

_ZH, _EN = 0, 1
TEXTS: Mapping[str, tuple[str, str]] = {
    **message_words.TEXTS,
    # files and sheets
    "missing": ("文件不存在或无法读取", "the file cannot be read"),
    "too_large": (
        "应小于 {limit}，未读取；请按时间段分开导出",
        "expected less than {limit}: not read; export it in parts",
    ),
    "too_large_inside": (
        "压缩包解开后为 {size}，超过 {limit}，未打开",
        "unpacked it would be {size}, more than {limit}: it was not opened",
    ),
    "old_excel": (
        "这是旧式 .xls 文件或加密的工作簿；请去掉密码并另存为 .xlsx 或 CSV",
        "an old .xls or a workbook with a password; save it as .xlsx or CSV without one",
    ),
    "web_page": (
        "这是网页，不是表格；请用表格软件打开后另存为 .xlsx 或 CSV",
        "a web page, not a table; open it in a spreadsheet and save it as .xlsx or CSV",
    ),
    "not_a_table": (
        "不是表格：应为 .xlsx，或 UTF-8、GB18030、UTF-16 编码的 CSV",
        "not a table: expected .xlsx, or CSV in UTF-8, GB18030 or UTF-16",
    ),
    "broken_xlsx": ("工作簿已损坏，无法打开：{detail}", "the workbook is broken and cannot be opened: {detail}"),
    "broken_sheet": (
        "工作表从此行起无法读取：{detail}",
        "the sheet cannot be read from this row on: {detail}",
    ),
    "no_sheets": ("工作簿中没有可读的工作表", "the workbook has no sheet to read"),
    "hidden_sheet": ("隐藏的工作表，未读取", "a hidden sheet was not read"),
    "empty_sheet": ("工作表是空的", "the sheet is empty"),
    "too_many_rows": ("超过 {limit} 行，其余未读取", "more than {limit} rows: the rest was not read"),
    "no_header": (
        "前 {rows} 行没有表头；名录应有标识码、名称、类型，来源表应有检查对象标识码、连接器、网址；否则用对照文件",
        "no header in the first {rows} rows: a registry has id, name, kind; a list of sources subject, connector, url",
    ),
    "missing_columns": ("缺少必需的列：{columns}", "required columns are missing: {columns}"),
    "double_column": (
        "表头“{header}”与前面的列同义，未读取",
        "header {header!r} means the same as an earlier one: not read",
    ),
    "mapping_column": (
        "对照文件中的列“{header}”在此表中不存在",
        "the mapping file names a column {header!r} that is not in this sheet",
    ),
    # rows and cells
    "quoting": ("引号使用有误：{detail}", "wrong quoting: {detail}"),
    "open_quote": (
        "此行的引号没有闭合；已从下一行继续读取",
        "a quote that opens in this row is never closed; reading went on with the next row",
    ),
    "too_many_quotes": ("引号错误过多，其余未读取", "too many quoting faults: the rest was not read"),
    "extra_cells": ("此行比表头多出 {count} 格", "the row has {count} cells more than the header"),
    "title_row": ("合并的标题行，已跳过", "a merged heading was skipped"),
    "required": ("不能为空", "must not be empty"),
    "too_long": ("应不超过 {limit} 个字符", "expected at most {limit} characters"),
    "damaged": ("含有无法按文件编码解读的字节", "has bytes that are wrong in the file's encoding"),
    "formula": (
        "公式没有保存结果；请在表格软件中打开并保存，或粘贴为数值",
        "a formula without a saved result; open and save it in a spreadsheet, or paste it as a value",
    ),
    "error_value": ("单元格是错误值", "the cell holds an error value"),
    "code_type": ("应为标识码文本", "expected a code, as text"),
    "code_digits_lost": (
        "标识码被表格软件变成了数字并丢失了位数；请将该列设为文本后重新填写",
        "a spreadsheet turned the code into a number and lost digits; format the column as text and type it again",
    ),
    "code_repaired": (
        "标识码曾被表格软件变成数字，已还原为 {code}",
        "a spreadsheet had made a number of it; restored as {code}",
    ),
    "code_case": ("标识码的字母大小写已改为 {code}", "the letters' case was changed: {code}"),
    "id_leading_zero": (
        "标识码只有 9 位数字（应为 10 位）：开头的 0 可能丢失；已按原样收入",
        "9 digits where 10 were expected: a leading zero may be lost; taken as it is",
    ),
    "id_pattern": (
        "不符合任何标识码格式（10 位数字、bm+8 位、N+9 位、6 位区划+M+3 位+平台字母+4 位）；已按原样收入",
        "fits no pattern of codes (10 digits, bm + 8, N + 9, region 6 + M + 3 + platform letters + 4); taken as it is",
    ),
    "id_kind": ("标识码的格式属于{kind}，与类型不符", "the code has the form of {kind}, which the kind does not match"),
    "duplicate_id": (
        "标识码与第 {row} 行（{file}）重复；只收入先出现的一行",
        "same id as row {row} of {file}; only that one was taken",
    ),
    "duplicate_source": ("与第 {row} 行（{file}）是同一来源", "the same source as row {row} of {file}"),
    "same_address": (
        "与第 {row} 行（{file}，{id}）是同一网址（仅 http/https 或斜杠不同）",
        "the same address as row {row} of {file} ({id}), but for http/https or a slash",
    ),
    "kind": (
        "应为 site、account、mailbox，或 网站、政务新媒体、信箱，或平台名称（如 微信公众号）",
        "expected site, account or mailbox, or 网站, 政务新媒体, 信箱, or a platform such as 微信公众号",
    ),
    "platform_kept": ("不认识的平台，按原样保留", "an unknown platform, kept as it is"),
    "status": (
        "应为 正常运行、注销中、已注销、关停、临时下线",
        "expected 正常运行 running, 注销中 closing, 已注销 cancelled, 关停 shut or 临时下线 suspended",
    ),
    "until_without": ("只有 临时下线 才有状态截止；已忽略", "only 临时下线 (suspended) has an end; ignored"),
    "until_missing": (
        "临时下线 没有截止日期：在改回之前一直不检查",
        "suspended without an end: not judged until it is changed",
    ),
    "date": ("应为日期，如 2026-05-18", "expected a date such as 2026-05-18"),
    "date_serial": ("表格序号已读作日期 {date}", "a spreadsheet's serial number, read as {date}"),
    "month_day": ("应为月-日，如 01-31", "expected month-day such as 01-31"),
    "season": ("应为起止月日，如 05-15..09-30", "expected first and last day such as 05-15..09-30"),
    "url": ("应为 http:// 或 https:// 网址", "expected an address with http:// or https://"),
    "mailbox_url": (
        "应为 https://（公开列表）或 imaps://（邮箱）网址，或 push:（由系统推送）、file:（导入文件）",
        "expected an address with https:// (a list) or imaps:// (a mailbox), or push: (told by a system) or file:",
    ),
    "url_user": ("网址中不应含用户名或密码", "expected an address without user name and password"),
    "url_dropped": ("不是网址，已忽略", "not an address; ignored"),
    "no_url": ("网站没有网址，无法探测", "a site without an address: nothing of it can be probed"),
    "yes_no": ("应为 是 或 否", "expected yes or no"),
    "limit": ("应为期限，如 14d、6mo、2w、1y（14天、6个月）", "expected a limit such as 14d, 6mo, 2w or 1y"),
    "every": (
        "应为 1 分钟至 31 天的间隔，如 4h、30m、1d（4小时）",
        "expected a span of 1 minute to 31 days, such as 4h, 30m or 1d",
    ),
    "probe_rare": (
        "探测少于每天 20 次：站点可用性将无法判定",
        "probed fewer than 20 times a day: availability cannot be judged",
    ),
    "connector": ("应为 {known}", "expected one of {known}"),
    "column_type": ("应为 {known}，或其中文名称（如 动态要闻）", "expected one of {known}, or its Chinese name"),
    "no_column_type": ("没有栏目类型：不按时限检查", "no column type: its age is not judged"),
    "unknown_subject": ("名录中没有这个检查对象", "no such subject in the registry"),
    "implied_probe": ("未列探测来源，已自动添加首页探测", "no probe was listed: one of the home page was added"),
    "implied_home": ("未列首页栏目，已自动添加", "no home column was listed: one was added"),
    # the mapping file
    "mapping_toml": ("对照文件不是有效的 TOML：{detail}", "the mapping file is not TOML: {detail}"),
    "mapping_key": ("对照文件：应为 {expected}", "the mapping file: expected {expected}"),
    # the drift report
    "drift": ("名录差异", "Drift of the registry"),
    "no_drift": ("没有差异", "no difference"),
    "added": ("新增", "added"),
    "changed": ("变更", "changed"),
    "vanished": ("消失", "vanished"),
    "returned": ("重新出现", "returned"),
    "moved": ("网址变更", "moved"),
    "retired": ("停用", "retired"),
    "unchanged": ("未变：检查对象 {subjects}，来源 {sources}", "unchanged: {subjects} subjects, {sources} sources"),
    "vanished_before": ("先前已消失", "vanished before"),
    "vanished_note": (
        "消失的检查对象仍继续监测，直到名录中恢复或有人决定。",
        "What vanished is still watched, until it returns or a person decides.",
    ),
    "unjudged": (
        "有内容未能读取，因此没有把缺少的行当作消失。",
        "Something could not be read, so missing rows were not taken for vanished.",
    ),
    "subject": ("检查对象", "subject"),
    "source": ("来源", "source"),
    "what": ("类别", "what"),
    "event": ("变化", "change"),
    "id": ("标识码", "id"),
    "name": ("名称", "name"),
    "detail": ("内容", "detail"),
    "refused": ("未收入（{count}）", "Refused ({count})"),
    "notices": ("提示（{count}）", "Notices ({count})"),
    "unmapped": ("未使用的列", "Columns that were not read"),
    "more": ("…… 另有 {count} 条", "… and {count} more"),
    "taken": ("收入：检查对象 {subjects}，来源 {sources}", "taken: {subjects} subjects, {sources} sources"),
    "written": ("已写入日志 {count} 条事实", "{count} facts were written to the log"),
    "reading": ("读取名录", "Reading the registry"),
    "rows": ("{count} 行", "{count} rows"),
    "row": ("第 {row} 行", "row {row}"),
    "found_expected": ("发现“{found}”，{expected}", "found {found!r}: {expected}"),
}


def translate(key: str, language: str = "zh", **args: object) -> str:
    """The text of `key`, filled; Chinese unless `language` is "en"."""
    return TEXTS[key][_EN if language == "en" else _ZH].format(**args)


def in_words(remark: Remark, language: str = "zh") -> str:
    """A remark as a person reads it: file, sheet, row, field, what was found and what was expected."""
    place = [remark.file]
    if remark.sheet:
        place.append(f"[{remark.sheet}]")
    if remark.row:
        place.append(translate("row", language, row=remark.row))
    if remark.field:
        place.append(_field(remark.field, language))
    expected = translate(remark.why, language, **remark.args)
    said = translate("found_expected", language, found=remark.found, expected=expected) if remark.found else expected
    return f"{' '.join(place)}{'：' if language != 'en' else ': '}{said}"


def _field(field: str, language: str) -> str:
    return field if language == "en" else FIELD_NAMES.get(field, field)


FIELD_NAMES: Mapping[str, str] = {
    **message_words.FIELD_NAMES,
    "id": "标识码",
    "name": "名称",
    "kind": "类型",
    "platform": "平台",
    "unit": "主办单位",
    "supervisor": "主管单位",
    "level": "级别",
    "url": "网址",
    "status": "状态",
    "status_until": "状态截止",
    "registered_on": "备案日期",
    "contact": "联系人",
    "contact2": "第二联系人",
    "subject": "检查对象标识码",
    "connector": "连接器",
    "column_type": "栏目类型",
    "top_level": "一级栏目",
    "limit": "更新期限",
    "every": "轮询间隔",
    "season": "季节",
    "annual_due": "年度期限",
    "declared_none": "无此类事项",
    "suspended_until": "暂停至",
    "owner": "责任人",
    "note": "备注",
}
