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
}
