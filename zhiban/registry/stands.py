"""The words that mailboxes use for how a message stands, and for whether a report was found to be true."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from streams.messages import Deed


class Stand(StrEnum):
    """How a message stands, as its mailbox says."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    WORKING = "working"
    TRANSFERRED = "transferred"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"


PASSED_ON = frozenset({Stand.WAITING, Stand.ACCEPTED, Stand.WORKING, Stand.TRANSFERRED})
LEAVING: Mapping[Stand, Deed] = {
    Stand.WITHDRAWN: Deed.WITHDRAWN,
    Stand.DUPLICATE: Deed.DUPLICATE,
    Stand.NOT_OURS: Deed.NOT_OURS,
}
_WORDS: Mapping[Stand, str] = {
    Stand.WAITING: "waiting received open new 未受理 待受理 未处理 待处理 未办理 待办理 待办 未回复 待回复 未答复 "
    "待答复 已接收 已收到 已提交 新信件 审核中 待审核",
    Stand.ACCEPTED: "accepted 已受理 受理 受理中",
    Stand.WORKING: "working 办理中 处理中 在办 正在办理 正在处理 办理 延期办理 已延期 重办 重新办理 退回重办",
    Stand.TRANSFERRED: "transferred 已转办 转办 转办中 已转交 已交办 已派单 已分办",
    Stand.ANSWERED: "answered replied closed done 已答复 已回复 已办结 办结 已办理 已处理 已完成 答复 回复 已公开 "
    "已评价 已解决",
    Stand.WITHDRAWN: "withdrawn 已撤回 撤回 已撤销 撤销 已撤诉",
    Stand.DUPLICATE: "duplicate 重复 重复件 重复信件 重复来信 重复提交 重复留言",
    Stand.NOT_OURS: "not_ours 不属于本单位 不属于本单位职责 非本单位 非本单位职责 不予受理 不受理 无效 无效件 无效信件 "
    "不属受理范围 不属于受理范围",
}
STATUSES: Mapping[str, Stand] = {word: stand for stand, words in _WORDS.items() for word in words.split()}
TRUTHS: Mapping[str, bool] = {
    **dict.fromkeys(["属实", "部分属实", "基本属实", "true"], True),
    **dict.fromkeys(["不属实", "未属实", "不实", "查无此事", "untrue", "false"], False),
}
