"""What an import of messages says of their rows, in Chinese and English, and the names of their fields."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, tuple[str, str]] = {
    "reading_messages": ("读取来信", "Reading the messages"),
    "telling": ("写入日志", "Writing the log"),
    "moment": (
        "应为 2000 年以后的时间，如 2026-05-18 09:30",
        "expected a time since 2000 such as 2026-05-18 09:30",
    ),
    "future": ("晚于本次导入的截止时间 {as_of}", "later than {as_of}, up to which this import tells"),
    "before_question": ("早于来信时间 {asked}", "earlier than the question of {asked}"),
    "id_other_text": (
        "编号与第 {row} 行相同，但来信内容不同；只收入先出现的一行",
        "same id as row {row}, but another text; only that one was taken",
    ),
    "id_other_time": (
        "编号与第 {row} 行相同，但来信时间不同（{asked}）；只收入先出现的一行",
        "same id as row {row}, but another time of asking ({asked}); only that one was taken",
    ),
    "id_known_other": (
        "先前导入的同一编号是另一封信（来信时间 {asked}，内容不同）；未收入",
        "an earlier import has another message of this id (asked {asked}, another text); not taken",
    ),
    "two_replies": (
        "同一封信有两次答复（另见第 {row} 行）；两次都记录，按最早的一次计算",
        "a second reply to one message (see row {row}); both are kept, and the earliest counts",
    ),
    "answer_corrected": (
        "答复时间由 {old} 更正为 {new}；两个时间都保留，按最早的一次计算",
        "the time of the answer was {old} and is {new} now; both are kept, and the earliest counts",
    ),
    "asked_corrected": (
        "来信时间由 {old} 更正为 {new}；两个时间都保留，按最早的一次计算",
        "the time of asking was {old} and is {new} now; both are kept, and the earliest counts",
    ),
    "about_changed": (
        "渠道、类别或单位与先前导入的不同；仍按先前的计算",
        "channel, category or unit differ from an earlier import, by which it is still counted",
    ),
    "status_word": ("不认识的状态，未采用", "an unknown status, not used"),
    "no_reply_time": (
        "已答复但没有答复时间：按本次导入的截止时间计算",
        "answered, but nobody says when: counted as at the time up to which this import tells",
    ),
    "no_leave_time": (
        "没有撤回、重复或退出的时间：按此行最后一个时间计算",
        "nobody says when it left: counted as at the last time of its row",
    ),
    "as_of_kept": (
        "文件没有读全，或未收入的行涉及待答复的来信：此次不作为“截至 {as_of} 的全部”",
        "not all could be read, or a refused row is about a message that waits: it is not taken for all up to {as_of}",
    ),
    "more_remarks": ("此类内容过多，其余 {count} 条未列出", "too many of this sort: {count} more are not listed"),
    "truth": ("应为 属实 或 不属实", "expected 属实 true or 不属实 not true"),
}

FIELD_NAMES: Mapping[str, str] = {
    "channel": "渠道",
    "category": "类别",
    "asked_at": "来信时间",
    "accepted_at": "受理时间",
    "transferred_at": "转办时间",
    "answered_at": "答复时间",
    "withdrawn_at": "撤回时间",
    "reopened_at": "重办时间",
    "title": "标题",
    "text": "内容",
    "answer": "答复",
    "simple": "简单问题",
    "test": "测试",
    "true": "属实",
}
