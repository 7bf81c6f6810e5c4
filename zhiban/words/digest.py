"""Words of `zhiban digest`: what became of letters, and what cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping

ZH: Mapping[str, str] = {
    "help.digest": "一周的周报：监测是否有效、新增、解除、仍未解除、反复、下周到期、留言办理、单位排名",
    "option.--week": "哪一周，例如 2026-W47；默认上一周",
    "option.--send": "发给配置里 [[digests]] 的每个收件人；同一周同一收件人只有一封",
    "option.--only": "只是这个收件人（[[digests]] 里的 to）的",
    "option.--supervisor": "只看这个主管单位的，可用 * 通配",
    "digest.sent": "{channel} → {to}：{what} {answer}",
    "letter.sent": "已发出",
    "letter.waiting": "待重试",
    "letter.refused": "被拒收",
    "letter.gave_up": "多次未成，已放弃",
    "letter.superseded": "已被取代",
    "bad.only": "--only {found!r}：没有这个收件人；[[digests]] 里有 {expected}",
    "bad.send": "--send 按 [[digests]] 的范围发出，不能与 --out、--unit、--supervisor 同用",
    "bad.digests": "--send：zhiban.toml 里没有 [[digests]]，不知道发给谁",
    "bad.out": "--out：文件名应以 {expected} 之一结尾，实为 {found!r}",
    "bad.week": "--week {found!r}：应为年和周，例如 2026-W47",
    "bad.week.ahead": "--week {week}：这一周还没有开始",
    "bad.week.open": "--week {week}：这一周到 {until} 才结束，之前不能发出；可用 --out 先看",
    "bad.week.before": "--week {week}：那时还没有开始监测，没有周报",
}

EN: Mapping[str, str] = {
    "help.digest": "A week's digest: coverage, what opened, closed, still stands, came again, is due next; messages;"
    " units",
    "option.--week": "Which week, such as 2026-W47; the last one by default",
    "option.--send": "To every recipient in [[digests]]; there is one letter for each week and recipient",
    "option.--only": "That of this recipient alone (a `to` of [[digests]])",
    "option.--supervisor": "of this supervisor alone; * stands for anything",
    "digest.sent": "{channel} -> {to}: {what} {answer}",
    "letter.sent": "sent",
    "letter.waiting": "tried again later",
    "letter.refused": "refused",
    "letter.gave_up": "given up",
    "letter.superseded": "overtaken",
    "bad.only": "--only {found!r}: no such recipient; [[digests]] has {expected}",
    "bad.send": "--send goes by the scopes of [[digests]]: not together with --out, --unit or --supervisor",
    "bad.digests": "--send: no [[digests]] in zhiban.toml, so there is nobody to send to",
    "bad.out": "--out: expected a file name that ends in one of {expected}, found {found!r}",
    "bad.week": "--week {found!r}: expected a year and a week of it, such as 2026-W47",
    "bad.week.ahead": "--week {week}: that week has not begun",
    "bad.week.open": "--week {week}: it ends at {until} and cannot be sent before; --out shows it as it stands",
    "bad.week.before": "--week {week}: there was no watch then, so there is no digest",
}
