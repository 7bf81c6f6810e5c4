"""Words of letters about what becomes of an alert, in Chinese and in English: the same keys and the same fields."""

from __future__ import annotations

from collections.abc import Mapping

ZH: Mapping[str, str] = {
    "subject.escalated": "【升级】{title}",
    "subject.ack_over": "【认领到期】{title}",
    "subject.ack_broken": "【{level}，认领后加重】{title}",
    "line.ack_broken.acknowledged": "{by} 于 {time} 认领，此后加重为单项否决，认领不再有效。",
    "line.ack_broken.granted": "{by} 于 {time} 同意了申请，此后加重为单项否决，须重新处理。",
    "subject.reopened": "【复查未过】{title}",
    "subject.flapping": "【时好时坏】{title}",
    "subject.sweep": "【节前提醒】{title}",
    "subject.summary": "【汇总】{title}",
    "intro.summary": "短时间内通知较多，合并为一封：{units} 个单位共 {count} 项。",
    "intro.sweep": "{unit}：以下 {count} 项将在节后第一个工作日结束前到期，请在放假前处理。",
    "intro.escalated": "{unit}：以下 {count} 项一直没有处理，现升级告知。",
    "intro.reopened": "{unit}：以下 {count} 项报告已处理，再次查看仍未更新。",
    "intro.heads": "发给 {where} 的通知连续两封没有送达，转给您。",
    "what.lapses": "放假期间将超过 {limit}未更新",
    "line.offence": "屡次：本季度第 {n} 次超期",
    "line.flapping": "时好时坏：已出现 {n} 次，稳定后再通知",
    "line.flapped": "时好时坏：共出现 {n} 次，现已稳定",
    "line.assignee": "承办人：{name}",
    "line.deadline": "整改期限：{day}",
    "line.still": "{by} 于 {time} 报告已处理，再次查看仍未更新。",
    "line.unseen": "{by} 于 {time} 报告已处理，此后一直没有看到更新。",
    "line.ack_over": "{by} 于 {time} 认领，认领已到期，问题仍在。",
    "line.escalated": "自 {time} 通知后没有处理，已升级到第 {n} 级。",
}

EN: Mapping[str, str] = {
    "subject.escalated": "[escalated] {title}",
    "subject.ack_over": "[acknowledgement over] {title}",
    "subject.ack_broken": "[{level}, worse since acknowledged] {title}",
    "line.ack_broken.acknowledged": "{by} acknowledged it at {time}; it has grown into a veto since, and that is over.",
    "line.ack_broken.granted": "{by} granted a request about it at {time}; it has grown into a veto since.",
    "subject.reopened": "[still so] {title}",
    "subject.flapping": "[comes and goes] {title}",
    "subject.sweep": "[before the holiday] {title}",
    "subject.summary": "[summary] {title}",
    "intro.summary": "More than anybody can read one by one: {count} of {units} units in one letter.",
    "intro.sweep": "{unit}: {count} lapse by the end of the first working day after the holiday;"
    " please see to them before.",
    "intro.escalated": "{unit}: {count} have stood untouched, and go further up now.",
    "intro.reopened": "{unit}: {count} were said to be put right, and another look still shows them.",
    "intro.heads": "Two letters in a row to {where} reached nobody: they come to you.",
    "what.lapses": "not updated for {limit} before offices open again",
    "line.offence": "Again: breach {n} of this quarter",
    "line.flapping": "Comes and goes: {n} times so far; told again once it is calm",
    "line.flapped": "Came and went: {n} times, calm now",
    "line.assignee": "Assigned to: {name}",
    "line.deadline": "To be put right by: {day}",
    "line.still": "{by} said at {time} that it was put right; another look still shows it.",
    "line.unseen": "{by} said at {time} that it was put right; no look has shown that since.",
    "line.ack_over": "{by} acknowledged it at {time}; that is over, and it still stands.",
    "line.escalated": "Told at {time} and not touched since: now at rung {n}.",
}
