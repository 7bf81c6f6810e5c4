"""What the operator is to do where a service refuses letters: one table in Chinese and one in English."""

from __future__ import annotations

from collections.abc import Mapping

# What stays so until somebody has changed a setting: the operator hears of it long before the letter is given up.
OURS = frozenset(
    {
        "address",
        "signature",
        "ip",
        "keyword",
        "security",
        "stopped",
        "gone",
        "credential",
        "agent",
        "login",
        "path",
        "settings",
        "elsewhere",
    }
)

ZH: Mapping[str, str] = {
    "address": "地址或密钥不对，机器人可能已被移出群：请重新复制它的 Webhook 地址，更新渠道设置",
    "signature": "签名不符：请核对加签密钥（secret），并检查本机时钟",
    "ip": "本机的出口 IP 不在对方的白名单里：请在机器人或应用的安全设置里加上",
    "keyword": "机器人要求消息含有关键词：请把其中一个写进渠道设置的 keyword",
    "security": "未通过机器人的安全设置：请核对关键词、加签密钥和 IP 白名单，并检查本机时钟",
    "stopped": "机器人或应用已停用：请重新启用",
    "gone": "群已解散或机器人已被移除：请另建机器人，更新渠道设置",
    "credential": "企业 ID 或应用密钥不对：请核对 corpid 和 secret",
    "login": "对方拒绝了我们的登录：请核对渠道设置里的用户名、密码或令牌",
    "path": "对方说没有这个地址：请核对渠道设置里的地址（url 或 dsn）",
    "settings": "对方说签名、模板或账号不对：请核对渠道设置，以及对方后台的配置",
    "chat": "没有这个对话，或者对方停用了机器人、把它移出了群：请核对路由的 to，并请对方重新加入机器人",
    "mailbox": "收件地址不存在，或者对方邮箱拒收：请核对路由的 to 和名录里的联系人",
    "content": "对方认为内容里有不安全的链接或不合适的词语：请把这一条反馈给值班的开发者",
    "agent": "应用编号（agentid）不对，或者应用已停用：请核对",
    "recipient": "收件人不存在，或不在应用的可见范围内：请核对路由的 to 和应用的可见范围",
    "partly": "有收件人没有收到，他们不存在，或不在应用的可见范围内：{who}",
    "too_fast": "发送太快，被对方限流：稍后自动再发，无需处理",
    "too_long": "消息太长，被对方拒收：请把这一条反馈给值班的开发者",
    "malformed": "对方不接受这条消息的格式：请把这一条反馈给值班的开发者",
    "busy": "对方系统繁忙：稍后自动再发，无需处理",
    "elsewhere": "应答不像是该服务的：请检查 base 是否写对，中间有没有代理或登录页",
    "other": "对方拒收，原因见它的答复和 docs/channels.md",
}

EN: Mapping[str, str] = {
    "address": "The address or its key is wrong, or the robot was removed from its group: copy its webhook again",
    "signature": "The signature does not fit: check the robot's secret, and this machine's clock",
    "ip": "This machine's outgoing address is not on the other side's list: add it there",
    "keyword": "The robot demands a keyword: write one of them into the channel's `keyword`",
    "security": "The robot's security settings refuse it: check keywords, secret, IP list, and this machine's clock",
    "stopped": "The robot or the application is stopped: start it again",
    "gone": "The group is dissolved or the robot removed: make another one, and change the channel's settings",
    "credential": "The corporation's id or the application's secret is wrong: check `corpid` and `secret`",
    "login": "The other side refuses our login: check user, password or token in the channel's settings",
    "path": "There is nothing at this address: check the address in the channel's settings (`url` or `dsn`)",
    "settings": "Signature, template or account are not right: check the channel's settings, and the other side's",
    "chat": "There is no such chat, or the bot was stopped or removed there: check the route's `to`, or add it again",
    "mailbox": "There is no such mailbox, or it refuses mail: check the route's `to`, and the contacts of the registry",
    "content": "The other side thinks a link unsafe or a word unfit: please report it to Zhiban's developers",
    "agent": "The application's number is wrong, or it is stopped: check `agentid`",
    "recipient": "The recipients do not exist, or the application may not see them: check the route's `to`",
    "partly": "Not everybody got it; these do not exist, or the application may not see them: {who}",
    "too_fast": "Too fast for the other side: it is sent again later, nothing to do",
    "too_long": "Too long for the other side: please report it to Zhiban's developers",
    "malformed": "The other side does not take its form: please report it to Zhiban's developers",
    "busy": "The other side is busy: it is sent again later, nothing to do",
    "elsewhere": "That is no answer of this service: check `base`, and whether a proxy or a login page stands between",
    "other": "The other side refuses it: see its answer, and docs/channels.md",
}


def remedy(language: str, key: str, who: str = "") -> str:
    """The words of `key` in the language (Chinese where there is no such); general words for an unknown key."""
    table = EN if language == "en" else ZH
    return table.get(key, table["other"]).format(who=who)
