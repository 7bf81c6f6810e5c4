"""What the API says of a request that it cannot answer."""

from __future__ import annotations

from collections.abc import Mapping

ZH: Mapping[str, str] = {
    "api.400": "请求有误",
    "api.401": "未授权",
    "api.404": "没有这个地址",
    "api.405": "不允许的方法",
    "api.409": "尚不完整",
    "api.414": "查询过长",
    "api.421": "主机名不对",
    "api.429": "请求过于频繁",
    "api.500": "内部错误",
    "api.503": "尚未就绪",
    "api.bad_query": "查询 {found!r}：应为 {expected}",
    "api.long_query": "查询长 {found} 字节：最多 {expected}",
    "api.no_parameter": "没有参数 {parameter!r}：应为 {expected} 之一",
    "api.twice": "参数 {parameter!r} 写了两次：应只写一次",
    "api.bad_parameter": "参数 {parameter!r}：应为 {expected}，实为 {found!r}",
    "api.not_yet": "参数 at：应早于 {expected}（此前的情况才完整），实为 {found}",
    "api.no_token": "应在 Authorization 中写 Bearer 和 [web] token",
    "api.off": "API 未启用：在 zhiban.toml 的 [web] 中写 token_env 或 token_file",
    "api.nothing_here": "没有 {found}；全部地址见 {expected}",
    "api.no_method": "{found} 不可用：应为 {expected}",
    "api.host": "主机名 {found!r} 不是我们的：应为 {expected} 之一；其他名称写进 [web] hosts",
    "api.busy": "过去的时刻一次只算一个：请 {expected} 秒后再来",
    "api.no_tick": "日志还没有推进，尚无结论",
    "api.broken": "出错了，已记入日志",
    "api.403": "令牌不对",
    "api.408": "请求超时",
    "api.413": "内容过大",
    "api.415": "内容类型不对",
    "api.422": "内容有误",
    "api.no_pushing": "推送未启用：在 zhiban.toml 的 [web] 中写 write_token_env 或 write_token_file",
    "api.other_token": "这里应使用 [web] {expected}",
    "api.too_fast": "推送过于频繁：请 {expected} 秒后再来",
    "api.not_json": "内容类型 {found!r}：应为 {expected}，UTF-8，不压缩",
    "api.too_large": "内容 {found} 字节：最多 {expected}",
    "api.too_slow": "内容应在 {expected} 秒内传完",
    "api.bad_json": "不是可用的 JSON（{found}）：应为 {expected}",
    "api.twice_in_json": "字段 {field!r} 写了两次：应只写一次",
    "api.too_many": "一次 {found} 条：应为 {expected} 条",
    "api.unknown_field": (
        "第 {index} 条没有字段 {field!r}（未收任何一条；请勿发送来信内容和姓名）：应为 {expected} 之一"
    ),
    "api.bad_field": "第 {index} 条的 {field!r}：应为 {expected}，实为 {found!r}",
    "api.future": "第 {index} 条的 {field!r} 为 {found}：不应晚于现在（{expected}）",
    "api.asked_twice": (
        "第 {index} 条的 {field!r} 为 {found}：此编号的来信时间已知为 {expected}，另一封来信应有另一个编号"
    ),
    "api.before_question": "第 {index} 条的 {field!r} 为 {found}：不应早于来信，应 {expected}",
    "api.which_mailbox": "第 {index} 条的信箱 {found!r}：应为 {expected} 之一",
    "api.no_mailbox": (
        "第 {index} 条的信箱 {found!r} 不在名录中：在 registry.csv 登记，并在 sources.csv 加一行 "
        "{expected}（subject,connector,url）"
    ),
    "api.not_pushed": (
        "第 {index} 条的信箱 {found!r} 不接受推送：在 sources.csv 加一行 {expected}（subject,connector,url）"
    ),
    "api.no_replies": "接收短信回复未启用：在 zhiban.toml 的 [web] 中写 replies_token_env 或 replies_token_file",
    "api.no_replies_token": "应在 Authorization 中写 Bearer 和 [web] replies_token，或在地址后加 ?token=",
    "api.moved": "本城市的数据已经或正在搬走（{found}）",
    "api.away": "数据库暂不可用：请稍后重发",
}

EN: Mapping[str, str] = {
    "api.400": "Bad request",
    "api.401": "Unauthorized",
    "api.404": "Not found",
    "api.405": "Method not allowed",
    "api.409": "Not complete yet",
    "api.414": "Query too long",
    "api.421": "Misdirected request",
    "api.429": "Too many requests",
    "api.500": "Internal error",
    "api.503": "Not ready yet",
    "api.bad_query": "query {found!r}: expected {expected}",
    "api.long_query": "a query of {found} bytes: expected {expected} at most",
    "api.no_parameter": "no parameter {parameter!r}: expected one of {expected}",
    "api.twice": "parameter {parameter!r} is given twice: expected once",
    "api.bad_parameter": "parameter {parameter!r}: expected {expected}, found {found!r}",
    "api.not_yet": "parameter at: expected before {expected}, up to which all is known; found {found}",
    "api.no_token": "expected Authorization: Bearer and the token of [web]",
    "api.off": "the API is off: put token_env or token_file under [web] of zhiban.toml",
    "api.nothing_here": "nothing at {found}; {expected} lists what there is",
    "api.no_method": "{found} is not possible here: expected {expected}",
    "api.host": "host {found!r} is not ours: expected one of {expected}; other names go under [web] hosts",
    "api.busy": "one moment of the past is worked out at a time: come again in {expected} seconds",
    "api.no_tick": "the log has not moved yet: nothing is known",
    "api.broken": "something broke, and was logged",
    "api.403": "Forbidden",
    "api.408": "Request timeout",
    "api.413": "Content too large",
    "api.415": "Unsupported media type",
    "api.422": "Unprocessable content",
    "api.no_pushing": "pushing is off: put write_token_env or write_token_file under [web] of zhiban.toml",
    "api.other_token": "expected [web] {expected} here",
    "api.too_fast": "too many requests: come again in {expected} seconds",
    "api.not_json": "content type {found!r}: expected {expected}, UTF-8, not compressed",
    "api.too_large": "a body of {found} bytes: expected {expected} at most",
    "api.too_slow": "expected the whole body within {expected} seconds",
    "api.bad_json": "no JSON that can be used ({found}): expected {expected}",
    "api.twice_in_json": "field {field!r} is given twice: expected once",
    "api.too_many": "{found} messages at once: expected {expected}",
    "api.unknown_field": (
        "message {index}: no field {field!r} (nothing was taken; send no citizen's text or name): expected one of "
        "{expected}"
    ),
    "api.bad_field": "message {index}: {field!r}: expected {expected}, found {found!r}",
    "api.future": "message {index}: {field!r} is {found}: expected no later than now, {expected}",
    "api.asked_twice": (
        "message {index}: {field!r} is {found}: this id is known to be asked at {expected}; another message needs "
        "another id"
    ),
    "api.before_question": "message {index}: {field!r} is {found}: expected not before the question, {expected}",
    "api.which_mailbox": "message {index}: mailbox {found!r}: expected one of {expected}",
    "api.no_mailbox": (
        "message {index}: mailbox {found!r} is not in the registry: put it into registry.csv, and a row "
        "{expected} (subject,connector,url) into sources.csv"
    ),
    "api.not_pushed": (
        "message {index}: mailbox {found!r} does not push: put a row {expected} (subject,connector,url) into "
        "sources.csv"
    ),
    "api.no_replies": "replies are not taken: put replies_token_env or replies_token_file under [web] of zhiban.toml",
    "api.no_replies_token": "expected Authorization: Bearer and the replies_token of [web], or ?token= in the address",
    "api.moved": "this city's data has moved away, or is moving ({found})",
    "api.away": "the database is away: send the same again later",
}
