"""Words of what people do about alerts: why it is refused, and what the screens show of it."""

from __future__ import annotations

from collections.abc import Mapping

ZH: Mapping[str, str] = {
    "deed.unknown": "告警 {found!r}：没有这个告警；`zhiban alerts` 列出全部",
    "deed.ambiguous": "{found!r}：以此开头的不止一个，请多写几位",
    "deed.closed": "告警 {found}：已于 {at} 解除，无需处理",
    "deed.no_reason": "没有写原因：误报和静默都要写明原因（--reason）",
    "deed.no_author": "没有写明是谁（--by）",
    "deed.no_assignee": "没有写明交给谁（--to）",
    "deed.past": "截止时间 {until}：应晚于现在（{now}）",
    "deed.endless": "静默从 {since} 到 {until}：结束应晚于开始",
    "deed.long": "文字有 {found} 个字符：应不超过 {expected} 个",
    "deed.kind": "{found!r}：应为 {expected} 之一",
    "deed.no_silence": "静默 {found!r}：没有这个静默；`zhiban silence list` 列出全部",
    "deed.ended": "静默 {found}：已于 {at} 结束",
}

EN: Mapping[str, str] = {
    "deed.unknown": "alert {found!r}: there is none; `zhiban alerts` lists all",
    "deed.ambiguous": "{found!r}: more than one begins so; write more of it",
    "deed.closed": "alert {found}: resolved at {at}, there is nothing to do",
    "deed.no_reason": "no reason was given: a false alarm and a silence need one (--reason)",
    "deed.no_author": "nobody was named (--by)",
    "deed.no_assignee": "to whom it is assigned was not named (--to)",
    "deed.past": "until {until}: expected a time after now ({now})",
    "deed.endless": "a silence from {since} to {until}: its end must be after its beginning",
    "deed.long": "a text of {found} characters: expected at most {expected}",
    "deed.kind": "{found!r}: expected one of {expected}",
    "deed.no_silence": "silence {found!r}: there is none; `zhiban silence list` lists all",
    "deed.ended": "silence {found}: ended at {at}",
}
