"""The words of our screens, in Chinese and in English: one table each, with the same keys and the same fields.

The language is the one that was asked for on the command line (`--lang`), else `ZHIBAN_LANG`, else the configuration's.
Letters keep to the configuration: they are for others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextvars import ContextVar

LANGUAGES = ("zh", "en")
VARIABLE = "ZHIBAN_LANG"
_asked: ContextVar[str] = ContextVar("asked", default="")
_configured: ContextVar[str] = ContextVar("configured", default="zh")

ZH: Mapping[str, str] = {
    "already": "{path} 已存在，未改动",
    "written": "{path} 已写好",
    "next": "接下来：填写 registry.csv 和 sources.csv，然后 cd {folder} && zhiban doctor && zhiban run",
    "made": "读取 {looks} 次",
    "ok": "正常",
    "fault": "有误",
    "rule": "规则",
    "subject": "对象",
    "due": "截止",
    "unit": "单位",
    "id": "编号",
    "kind": "类别",
    "state": "状态",
    "count": "项数",
    "source": "来源",
    "outcome": "结果",
    "newest": "最新",
    "time": "时间",
    "url": "地址",
    "day": "日期",
    "title": "标题",
    "verdict": "结论",
    "why": "为什么",
    "name": "名称",
    "type": "类型",
    "window": "窗口",
    "basis": "依据",
    "blind": "（{since} 起看不到）",
    "findings": "共 {count} 项，截至 {at}",
    "opens": "打得开",
    "qualified": "合格",
    "unknown": "未知",
    "unqualified": "不合格",
    "; ": "；",
    "totals": "共 {subjects}：合格 {qualified}，不合格 {unqualified}，未知 {unknown}；不打分（分值未经确认）",
    "listed": "共 {count} 条，最新 {newest}，无日期 {undated} 条",
    "no_date": "无日期",
    "test.letter": "这是一封测试通知。",
    "demo.title": "演示：一座有 12 个网站、30 个账号的城市，两周，真实的 HTTP。",
    "demo.scripted": "剧本里的故障",
    "demo.missed": "漏报",
    "demo.false": "误报",
    "demo.looks": "读取 {looks} 次，发现 {findings} 条记录，通知 {letters} 封；",
    "demo.score": "应发现 {expected}，漏报 {missed}，误报 {extra}。",
    "demo.kept": "工作目录留在 {folder}：cd {folder} && zhiban findings",
    "fault.silent_columns": "五个栏目停更",
    "fault.columns": "{count} 个栏目超期",
    "fault.down_often": "一周内 140 次访问有 7 次打不开",
    "fault.down_now": "网站打不开（连续三次）",
    "fault.blank": "空白栏目",
    "fault.future": "日期在将来的信息",
    "fault.blind_relay": "采集通道失明（中继乙 503）",
    "fault.frozen_relay": "采集通道冻结（中继丙 200，旧内容）",
    "fault.silent": "账号停更",
    "fault.lapsing": "账号临期",
    "fault.never": "账号从未发布",
    "fault.resumed": "账号临期后恢复更新",
}

EN: Mapping[str, str] = {
    "already": "{path}: there already, left as it is",
    "written": "{path}: written",
    "next": "Next: fill in registry.csv and sources.csv, then cd {folder} && zhiban doctor && zhiban run",
    "made": "{looks} looks",
    "ok": "ok",
    "fault": "FAULT",
    "rule": "rule",
    "subject": "subject",
    "due": "due",
    "unit": "unit",
    "id": "id",
    "kind": "kind",
    "state": "state",
    "count": "findings",
    "source": "source",
    "outcome": "outcome",
    "newest": "newest",
    "time": "time",
    "url": "address",
    "day": "date",
    "title": "title",
    "verdict": "verdict",
    "why": "why",
    "name": "name",
    "type": "type",
    "window": "window",
    "basis": "source",
    "blind": " (not seen since {since})",
    "findings": "{count} in all, as of {at}",
    "opens": "opens",
    "qualified": "qualified",
    "unknown": "unknown",
    "unqualified": "unqualified",
    "; ": "; ",
    "totals": "{subjects} in all: {qualified} qualified, {unqualified} unqualified, {unknown} unknown; no score, as the"
    " points are not confirmed",
    "listed": "{count} in all, newest {newest}, {undated} without a date",
    "no_date": "no date",
    "test.letter": "This is a test letter.",
    "demo.title": "demo: a city of 12 sites and 30 accounts, a fortnight, real HTTP.",
    "demo.scripted": "scripted fault",
    "demo.missed": "missed",
    "demo.false": "false",
    "demo.looks": "{looks} looks, {findings} findings, {letters} letters; ",
    "demo.score": "{expected} to be found, {missed} missed, {extra} false.",
    "demo.kept": "The working directory stays in {folder}: cd {folder} && zhiban findings",
    "fault.silent_columns": "five columns stop",
    "fault.columns": "{count} columns are overdue",
    "fault.down_often": "7 of 140 visits of a week found it closed",
    "fault.down_now": "the site does not open (three times in a row)",
    "fault.blank": "a blank column",
    "fault.future": "an item dated in the future",
    "fault.blind_relay": "a relay goes blind (the second answers 503)",
    "fault.frozen_relay": "a relay freezes (the third answers 200, with old content)",
    "fault.silent": "an account stops",
    "fault.lapsing": "an account is near its limit",
    "fault.never": "an account has never posted",
    "fault.resumed": "an account near its limit resumes",
}

_TABLES = {"zh": ZH, "en": EN}


def ask_for(arguments: Sequence[str]) -> list[str]:
    """Take `--lang zh|en` out of a command line, wherever it stands, and heed it; the rest is returned.

    Raises ValueError that says what was found, also for the environment's variable.
    """
    _configured.set("zh")
    rest, asked = [], ""
    words = iter(arguments)
    for word in words:
        flag, given, value = word.partition("=")
        if flag == "--lang":
            asked = _known("--lang", value if given else next(words, ""))
        else:
            rest.append(word)
    _asked.set(asked or (_known(VARIABLE, os.environ[VARIABLE]) if os.environ.get(VARIABLE) else ""))
    return rest


def configure(name: str) -> None:
    """Speak as the configuration says, where nobody asked for anything else."""
    _configured.set(name)


def language() -> str:
    """The language of our screens: zh or en."""
    return _asked.get() or _configured.get()


def say(key: str, **fields: object) -> str:
    """The words of a key in the language of our screens."""
    return _TABLES[language()][key].format(**fields)


def _known(where: str, name: str) -> str:
    if name not in LANGUAGES:
        raise ValueError(f"{where} {name!r}: expected {' or '.join(LANGUAGES)}")
    return name
