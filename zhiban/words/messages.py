"""What an import of citizens' messages says."""

from __future__ import annotations

from collections.abc import Mapping

ZH: Mapping[str, str] = {
    "messages.own": "信箱",
    "messages.file": "导入",
    "messages.registered": "名录中没有信箱：已登记 {subject}（{name}）",
    "messages.source": "已为信箱 {subject} 登记导入来源 {source}",
    "messages.taken": "读取 {rows} 行，信箱 {subject}",
    "messages.change": "变化",
    "messages.count": "件数",
    "messages.which": "编号",
    "messages.new": "新增",
    "messages.answered": "新答复",
    "messages.changed": "变更",
    "messages.gone": "文件中已没有",
    "messages.unchanged": "未变",
    "messages.gone_note": "文件中已没有的来信仍保留并继续计算；确需去除的，请标明撤回、重复或不属于本单位。",
    "messages.unjudged": "文件没有读全，因此没有判断哪些来信已不在其中。",
    "messages.receipts": "只是收悉或转办、不算答复：{count} 件（{ids}）",
    "messages.boilerplate": "答复几乎相同：{count} 件（{ids}）",
    "messages.written": "已写入 {events} 个事件（{facts} 条事实）",
    "messages.as_of": "截至 {at} 的全部来信",
    "messages.question": "来信",
    "messages.reply": "答复",
    "messages.no_text": "没有保留 {found} 的文字（[messages] keep_text_days）",
    "piece.message": "来信",
    "bad.mailbox": "--mailbox {found!r}：名录中没有；信箱有 {expected}",
    "bad.mailboxes": "名录中有几个信箱：请用 --mailbox 或对照文件 [constants] mailbox 指明 {expected}",
    "bad.as_of": "--as-of {found}：晚于现在 {now}",
}

EN: Mapping[str, str] = {
    "messages.own": "Mailbox",
    "messages.file": "imports",
    "messages.registered": "the registry has no mailbox: registered {subject} ({name})",
    "messages.source": "registered {source} for what is imported of mailbox {subject}",
    "messages.taken": "{rows} rows read, mailbox {subject}",
    "messages.change": "change",
    "messages.count": "count",
    "messages.which": "messages",
    "messages.new": "new",
    "messages.answered": "answered since",
    "messages.changed": "changed",
    "messages.gone": "no longer in the file",
    "messages.unchanged": "unchanged",
    "messages.gone_note": "What is no longer in the file is kept and counted. To take it out, say that it was "
    "withdrawn, a duplicate or not yours.",
    "messages.unjudged": "The file was not read to its end: nothing is said of what it no longer has.",
    "messages.receipts": "only received or passed on, which is no answer: {count} ({ids})",
    "messages.boilerplate": "answered nearly alike: {count} ({ids})",
    "messages.written": "{events} events written ({facts} facts)",
    "messages.as_of": "all messages up to {at}",
    "messages.question": "message",
    "messages.reply": "reply",
    "messages.no_text": "no text of {found} is kept ([messages] keep_text_days)",
    "piece.message": "message",
    "bad.mailbox": "--mailbox {found!r}: not in the registry; the mailboxes are {expected}",
    "bad.mailboxes": "the registry has several mailboxes: name one by --mailbox or [constants] mailbox: {expected}",
    "bad.as_of": "--as-of {found}: later than now, {now}",
}
