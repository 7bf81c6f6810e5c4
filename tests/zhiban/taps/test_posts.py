"""Whether a post is still its holder's, answered with one tap: good for one address, one quarter, once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from asking import asking
from hypothesis import given
from hypothesis import strategies as st
from posts import ASKED_AT, JULY, ME, NOW, PHONE, SHE, asked_city, desk_turns, post_link, presses
from starlette.applications import Starlette
from tapping import LAST, LINKS, RING, facts, folded

from alerts.contacts import contact_id
from alerts.letter import Letter
from alerts.remembered import Post
from alerts.routing import Recipient
from alerts.taps import BadTap, Button, linked, token
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.records import DESK, Fact, FactKind
from zhiban.api.intake import Rate
from zhiban.taps.answering import Taken, take
from zhiban.taps.codes import give
from zhiban.taps.serving import Pages

QUARTERS = [ASKED_AT + timedelta(days=days) for days in (-200, -91, 0, 91, 182, 365)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = asked_city(tmp_path / "city.db")
    yield made
    made.close()


def letters(store: Store) -> dict[str, Letter]:
    with store.read() as tx:
        found = [msgspec.json.decode(body, type=Letter) for _, _, body in tx.letters()]
    return {letter.to: letter for letter in found}


def post_of(store: Store, address: str) -> Post:
    with store.read() as tx:
        return msgspec.json.decode(tx.desk_values([("post", address)])["post", address], type=Post)


def test_the_links_of_the_letter_are_these(store: Store) -> None:
    (point,) = linked(letters(store)["甲@x"], LINKS).points
    assert [one.url.rpartition("/")[2] for one in point.actions] == [
        post_link(Button.HOLDS),
        post_link(Button.VACATED),
    ]


async def test_a_preview_changes_nothing_and_the_button_is_one_fact(store: Store) -> None:
    many = Rate(1000, 1000)
    site = Starlette(routes=Pages(presses(store), "zh", many, many).routes())
    text = post_link(Button.HOLDS)
    async with asking(site, "") as web:
        for _ in range(3):
            page = await web.get(f"/t/{text}")
        assert (page.status_code, facts(store, DESK)) == (200, [])
        assert "甲局：您是否仍负责接收值班通知" in page.text
        assert "确认：仍由我负责" in page.text
        assert "此链接只对这一项、这一位收件人有效" in page.text
        for _ in range(2):
            done = await web.post("/t/", data={"token": text})
        assert (done.status_code, "此前已登记" in done.text) == (200, True)
        spoken = await web.get(f"/t/{post_link(Button.VACATED)}", headers={"Accept-Language": "en"})
        assert "Not me any more" in spoken.text
        assert "Still my post" in spoken.text  # what was said before
    assert facts(store, DESK) == [
        Fact(kind=FactKind.CONTACT, matter=contact_id("甲@x", ASKED_AT), text="甲@x", by="甲***@x (mail)")
    ]


def test_an_answer_reaches_the_desk_with_its_exact_time_and_the_last_one_counts(store: Store) -> None:
    clock = ManualClock(NOW)
    at_work = presses(store, clock)
    for minute, button in enumerate((Button.VACATED, Button.VACATED, Button.HOLDS, Button.HOLDS)):
        clock.set(NOW + timedelta(minutes=minute))
        pressed = at_work.press(at_work.opened(post_link(button)))
        assert pressed.fresh is (minute in {0, 2})
        if minute == 1:
            folded(store)
    folded(store)
    with store.write() as tx:
        tx.set_progress(0, tx.progress(0)[0], NOW + timedelta(hours=1))
    desk_turns(store)
    assert post_of(store, "甲@x") == Post(
        confirmed_at=NOW + timedelta(minutes=2), by="甲***@x (mail)", asked_at=ASKED_AT
    )


def test_eight_presses_at_once_are_one_fact(store: Store) -> None:
    at_work = presses(store)
    tap = at_work.opened(post_link(Button.VACATED))
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: at_work.press(tap).fresh, range(8)))
    assert (done.count(True), len(facts(store, DESK))) == (1, 1)


@given(
    button=st.sampled_from([Button.HOLDS, Button.VACATED]),
    whose=st.sampled_from([ME.to, SHE.to, PHONE, "who@x"]),
    reader=st.sampled_from([ME, SHE, Recipient("sms", ME.to), Recipient("mail", "head@x")]),
    quarter=st.sampled_from(QUARTERS),
)
def test_a_link_is_good_for_nobody_else_and_for_no_other_quarter(
    tmp_path_factory: pytest.TempPathFactory, button: Button, whose: str, reader: Recipient, quarter: object
) -> None:
    """Signed by our key, whatever it says: only what was asked, of whom, in this quarter, is answered by it."""
    store = asked_city(tmp_path_factory.mktemp("city") / "city.db")
    assert quarter in QUARTERS
    text = token(RING, button, contact_id(whose, QUARTERS[QUARTERS.index(quarter)]), reader, JULY)  # type: ignore[arg-type]
    at_work = presses(store)
    good = quarter == ASKED_AT and reader in {ME, SHE} and whose == reader.to
    if good:
        assert at_work.press(at_work.opened(text)).case.reader == reader
    else:
        with pytest.raises(BadTap, match="forged"):
            at_work.press(at_work.opened(text))
    assert [fact.text for fact in facts(store, DESK)] == ([whose] if good else [])
    store.close()


def test_it_ends_with_its_quarter_and_other_buttons_do_nothing_to_it(store: Store) -> None:
    clock = ManualClock(JULY - timedelta(seconds=1))
    at_work = presses(store, clock)
    tap = at_work.opened(post_link(Button.HOLDS))
    clock.set(JULY)
    with pytest.raises(BadTap, match="expired"):
        at_work.opened(post_link(Button.HOLDS))
    for button in (Button.ACK, Button.FIXED, Button.DISMISS):
        with pytest.raises(BadTap, match="forged"):
            presses(store).press(presses(store).opened(post_link(button)), "因为")
    assert tap.matter == contact_id(ME.to, ASKED_AT)
    assert facts(store, DESK) == []


def test_a_text_is_answered_by_its_code(store: Store) -> None:
    asking = letters(store)[PHONE]
    with store.write() as tx:
        code = give(tx, asking, LAST, NOW)
    assert code
    for known, name in ((1, "r1"), (0, "r1"), (0, "r2")):
        with store.write() as tx:
            assert take(tx, f"+86 {PHONE}", f"{code} 是我", name, NOW) == Taken(known, 1 - known)
    assert [(one.kind, one.text, one.by) for one in facts(store, DESK)] == [
        (FactKind.CONTACT, PHONE, "138****5678 (sms)")
    ]
