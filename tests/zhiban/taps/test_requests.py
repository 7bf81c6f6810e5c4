"""Requests decided by one tap: by whom they were put to, once, and whoever comes second sees what was answered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from asking import asking
from deciding import LATER, MORNING, ONE, TWO, deciding, letters, links_of, passes, put_on
from starlette.applications import Starlette
from tapping import LAST, LINKS, ME, MINE, RING, facts, folded

from alerts.alert import GRANTED, Alert
from alerts.letter import Reason
from alerts.routing import Recipient
from alerts.taps import BadTap, Button, linked, matters_of, token
from streams.ports.store import Store
from streams.records import Fact, FactKind
from zhiban.api.intake import Rate
from zhiban.deeds import NotDone, say_of_alert
from zhiban.taps.serving import Pages


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = put_on(tmp_path / "city.db")
    yield made
    made.close()


def test_the_letter_names_who_asks_and_holds_both_buttons_and_no_code(store: Store) -> None:
    letter, other = sorted(letters(store, Reason.REQUEST), key=lambda one: one.to)
    assert (letter.to, other.to) == ("one@x", "two@x")
    assert "申请：甲***@x (mail) 于 2026-03-02 11:00 提出。说明：由上级统一发布" in letter.points[0].lines
    assert matters_of(letter) == ()
    assert [one.label for one in linked(letter, LINKS).points[0].actions] == ["同意", "不同意"]


def test_a_grant_is_a_fact_of_the_alerts_subject_and_reaches_the_asker(store: Store) -> None:
    at_work = deciding(store)
    pressed = at_work.press(at_work.opened(links_of(store)[Button.GRANT]), "一个月后再报")
    assert (pressed.fresh, pressed.case.title) == (True, "申请豁免：甲发布：超过 14 天未更新")
    assert facts(store, "甲")[-1] == Fact(
        kind=FactKind.GRANTED, matter=MINE, by="o***@x (mail)", text="一个月后再报", about="exempt"
    )
    passes(store, LATER + timedelta(days=1))
    (told,) = letters(store, Reason.ANSWERED)
    assert (told.to, told.written_at) == (ME.to, MORNING + timedelta(days=1))
    with store.read() as tx:
        alert = msgspec.json.decode(tx.desk_values([("alert", MINE)])["alert", MINE], type=Alert)
    assert alert.state == GRANTED


def test_the_first_answer_counts_whoever_gives_it(store: Store) -> None:
    at_work = deciding(store)
    grant, refuse = at_work.opened(links_of(store)[Button.GRANT]), at_work.opened(links_of(store, TWO)[Button.REFUSE])
    assert at_work.press(grant).fresh
    assert not at_work.press(grant).fresh
    for takes_up in (False, True):
        with pytest.raises(NotDone, match="2026-03-03 10:00") as refused:
            at_work.press(refuse)
        assert refused.value.key == "decided"
        assert not at_work.press(at_work.opened(links_of(store, TWO)[Button.GRANT])).fresh
        if not takes_up:
            folded(store)
    with pytest.raises(NotDone) as refused:
        say_of_alert(store, LATER, FactKind.REFUSED, MINE, "值班员")
    assert refused.value.key == "no_request"
    assert [one.kind for one in facts(store, "甲")] == [FactKind.EXEMPT, FactKind.GRANTED]


def test_two_who_decide_at_once_are_one_answer(store: Store) -> None:
    at_work = deciding(store)
    taps = [
        at_work.opened(links_of(store, who)[button]) for who in (ONE, TWO) for button in (Button.GRANT, Button.REFUSE)
    ]

    def press(tap: object) -> bool:
        try:
            return at_work.press(tap).fresh  # type: ignore[arg-type]
        except NotDone:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(press, taps * 2)).count(True) == 1
    assert len(facts(store, "甲")) == 2


def test_nobody_else_decides(store: Store) -> None:
    """Signed by our key, and yet for nobody to whom it was put; the alert's own id opens no request either."""
    at_work = deciding(store)
    (key,) = {point.alert for one in letters(store, Reason.REQUEST) for point in one.points}
    until = MORNING + LAST
    for matter, reader in ((key, ME), (key, Recipient("sms", "one@x")), (MINE, ONE), ("dd" * 10, ONE)):
        with pytest.raises(BadTap, match="forged"):
            at_work.press(at_work.opened(token(RING, Button.GRANT, matter, reader, until)))
    for button in (Button.ACK, Button.HOLDS):  # and no other button opens it
        with pytest.raises(BadTap, match="forged"):
            at_work.press(at_work.opened(token(RING, button, key, ONE, until)))
    assert len(facts(store, "甲")) == 1


async def test_its_page_says_who_asks_and_afterwards_what_was_answered(store: Store) -> None:
    many = Rate(1000, 1000)
    site = Starlette(routes=Pages(deciding(store), "zh", many, many).routes())
    mine, other = links_of(store)[Button.REFUSE], links_of(store, TWO)[Button.GRANT]
    async with asking(site, "") as web:
        page = await web.get(f"/t/{mine}")
        assert "说明：由上级统一发布" in page.text
        assert "说明（可不填）" in page.text
        assert "required" not in page.text
        assert len(facts(store, "甲")) == 1
        done = await web.post("/t/", data={"token": mine, "reason": "无依据"})
        assert (done.status_code, "已登记：不同意" in done.text) == (200, True)
        looked, pressed = await web.get(f"/t/{other}"), await web.post("/t/", data={"token": other})
        assert (looked.status_code, pressed.status_code) == (200, 409)
        assert all("这项申请已有答复" in one.text and "<form" not in one.text for one in (looked, pressed))
    assert facts(store, "甲")[-1].text == "无依据"
