"""Words of what a chat's bot says."""

from __future__ import annotations

from collections.abc import Mapping

ZH: Mapping[str, str] = {
    "chat.stranger": "这个对话没有登记，不能查询和操作。请把对话编号 {chat} 告诉值班管理员。",
    "chat.help": "可用的命令：\n/status　当前情况\n/due　即将到期\n/ack 编号　知道了\n"
    "/mute 编号 2d 原因　静默（例如 改版）\n/week　近一周",
    "chat.status": "截至 {at}：{counts}",
    "chat.count": "{level} {count} 项",
    "chat.clear": "没有待处理的事项",
    "chat.line": "{level}　{title}　{id}",
    "chat.more": "…还有 {count} 项",
    "chat.due": "即将到期 {count} 项",
    "chat.due.none": "没有即将到期的事项",
    "chat.due.line": "{title}　最后安全日 {day}　{id}",
    "chat.week": "近 7 天：新增 {opened} 项，解除 {closed} 项；现有 {open} 项，7 天内到期 {due} 项",
    "chat.done": "已登记：{what}",
    "chat.again": "此前已登记：{what}",
    "chat.why": "误报的原因？请直接回复这条消息。\n{title}\n编号 {id}",
    "chat.muted": "已静默至 {until}：{title}",
    "chat.which": "{found!r}：应为本对话收到过的告警编号（至少前 4 位）；/status 列出",
    "chat.mute.how": "写法：/mute 编号 2d 原因；时长应在 1 小时至 30 天之间，原因必填",
    "chat.closed": "已解除，无需处理",
    "chat.old": "这个按钮已失效，请用最近一次通知",
    "chat.no": "没有登记：{detail}",
}

EN: Mapping[str, str] = {
    "chat.stranger": "This chat is not registered: nothing can be done here. Tell the operator its id, {chat}.",
    "chat.help": "Commands:\n/status  how it stands\n/due  soon due\n/ack ID  got it\n/mute ID 2d REASON  silence it\n"
    "/week  the last week",
    "chat.status": "As of {at}: {counts}",
    "chat.count": "{level}: {count}",
    "chat.clear": "nothing is open",
    "chat.line": "{level}  {title}  {id}",
    "chat.more": "… and {count} more",
    "chat.due": "Soon due: {count}",
    "chat.due.none": "Nothing is soon due",
    "chat.due.line": "{title}  last safe day {day}  {id}",
    "chat.week": "Last 7 days: {opened} opened, {closed} resolved; {open} open now, {due} due within 7 days",
    "chat.done": "Noted: {what}",
    "chat.again": "Noted before: {what}",
    "chat.why": "Why is it a false alarm? Please reply to this very message.\n{title}\nId {id}",
    "chat.muted": "Silenced until {until}: {title}",
    "chat.which": "{found!r}: expected the id (4 characters at least) of an alert that this chat was told of; /status"
    " lists them",
    "chat.mute.how": "Write /mute ID 2d REASON, for 1 hour to 30 days; a reason is needed",
    "chat.closed": "Resolved, nothing to do",
    "chat.old": "This button is no longer good: please use the last letter",
    "chat.no": "Not noted: {detail}",
}
