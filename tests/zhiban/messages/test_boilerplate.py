"""Near copies of a reply, known by fingerprints."""

from __future__ import annotations

import random

from connectors._replies import fingerprint
from zhiban.messages.boilerplate import clusters

TEXT = (
    "您好！您反映的事项我局高度重视，已安排专人到现场查看，并会同街道、社区和物业公司逐户走访。经查，该处管网建成于二十年前，"
    "管径偏小且多处破损，雨季容易积水。下一步将列入今年老旧小区改造计划，预计九月底前完工；施工期间给您出行带来不便，敬请谅解。"
    "如有疑问，可拨打窗口电话{}咨询，工作人员会耐心解答，并及时把进展告诉您。"
)
OTHER = "该地块权属存在争议，正由自然资源部门组织确权，结果将在门户网站公示，请您留意第{}号公告。"


def test_copies_with_another_number_are_one_cluster_and_others_are_none() -> None:
    prints = [(f"a{n}", fingerprint(TEXT.format(2000 + n), b"key")) for n in range(7)]
    prints += [(f"b{n}", fingerprint(OTHER.format(n), b"key")) for n in range(4)]
    assert [cluster.messages for cluster in clusters(prints)] == [tuple(f"a{n}" for n in range(7))]


def test_many_that_have_nothing_in_common_are_no_cluster() -> None:
    dice = random.Random(3)
    assert clusters((str(n), f"{dice.getrandbits(64):016x}") for n in range(3000)) == []


def test_order_does_not_matter_and_empty_replies_are_none() -> None:
    prints = [(str(n), fingerprint(TEXT.format(n // 3), b"key")) for n in range(9)] + [(f"x{n}", "") for n in range(9)]
    shuffled = prints[:]
    random.Random(1).shuffle(shuffled)
    assert clusters(shuffled) == clusters(prints)
    assert len(clusters(prints)[0].messages) == 9
