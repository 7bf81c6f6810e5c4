"""Letters get their links, buttons and codes on the way out, each channel what it can carry, and nothing keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from ledgers import T0
from letters import LETTER, POINT
from stores import new_store
from tapping import LAST, MINE, NOW

from alerts.channels.email import Email
from alerts.channels.sms import Sms
from alerts.channels.telegram import Telegram
from alerts.letter import Channel, Letter
from alerts.routing import Recipient
from alerts.taps import Button, is_of, opened
from streams.outgoing import Answer, Call, Chat, Mail, Print
from streams.ports.clock import ManualClock
from streams.ports.sending import Outbasket
from streams.ports.store import Store
from streams.ports.store.outbox import Draft
from streams.secrets import Secret
from zhiban.config import ConfigError, Web, load_config
from zhiban.sending import Senders, build_channels
from zhiban.taps.dressing import Dressing
from zhiban.taps.keys import KEYS, links_in, ring_in

PUBLIC = "https://zhiban.example.cn"
CHANNELS: dict[str, Channel] = {
    "mail": Email(host="x", sender="z@example.cn"),
    "sms": Sms(url=Secret("https://sms.example/"), replies=True),
    "mute": Sms(url=Secret("https://sms.example/")),
    "bot": Telegram(token=Secret("1:x"), listen=True),
    "deaf": Telegram(token=Secret("1:x")),
    **build_channels({}, "x", Path()),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(f"sqlite:///{tmp_path / 'zhiban.db'}")
    yield made
    made.close()


def letter(channel: str, to: str = "13812345678") -> Letter:
    point = msgspec.structs.replace(POINT, alert=MINE)
    return msgspec.structs.replace(LETTER, key=f"k/{channel}", channel=channel, to=to, points=(point,), written_at=T0)


async def sent(store: Store, web: Web, *, fails: int = 0) -> dict[str, list[object]]:
    """A letter by each channel, tried until it is delivered."""
    with store.write() as tx:
        tx.put_letters(
            [
                Draft(one.key, one.channel, one.to, one.written_at, msgspec.json.encode(one))
                for one in map(letter, CHANNELS)
            ]
        )
    clock, tried = ManualClock(NOW), Counter[str]()

    def reply(channel: str, _outgoing: object) -> Answer:
        tried[channel] += 1
        return Answer(code=0 if tried[channel] <= fails else 200)

    out = Outbasket(reply)
    senders = Senders(store, clock, CHANNELS, out, dress=Dressing(store, clock, web).dressed)
    for _ in range(fails + 1):
        await senders.round()
        clock.set(clock.now() + (T0 + LAST - NOW) / 10)
    found: dict[str, list[object]] = {}
    for channel, outgoing in out.sent:
        found.setdefault(channel, []).append(outgoing)
    return found


async def test_each_channel_carries_what_it_can(store: Store) -> None:
    out = {channel: some[0] for channel, some in (await sent(store, Web(public=PUBLIC))).items()}
    mail, bot, deaf, sms, mute = (out[name] for name in ("mail", "bot", "deaf", "sms", "mute"))
    assert isinstance(mail, Mail)
    assert mail.html.count(f'href="{PUBLIC}/t/') == 6
    assert isinstance(bot, Chat)
    assert isinstance(deaf, Chat)
    (row,) = bot.keyboard
    assert [key.label for key in row] == ["知道了", "已更新，请再看", "误报"]
    assert all(len(key.data.encode()) <= 64 for key in row)
    ring = ring_in(store, Web())
    taps = [opened(ring, key.data, NOW) for key in row]
    assert [tap.button for tap in taps] == [Button.ACK, Button.FIXED, Button.DISMISS]
    assert all(is_of(ring, tap, Recipient("bot", "13812345678")) for tap in taps)
    assert bot.html.count("<a ") == 3  # what somebody else grants
    assert (deaf.keyboard, deaf.html.count("<a ")) == ((), 4)
    assert isinstance(sms, Call)
    assert isinstance(mute, Call)
    assert "回复" in sms.body.reveal()
    assert "回复" not in mute.body.reveal()
    assert isinstance(out["console"], Print)
    assert "http" not in out["console"].text.replace(POINT.url, "")
    with store.read() as tx:
        kept = b"".join(body for _, _, body in tx.letters())
    assert PUBLIC.encode() not in kept  # a link is a right: the outbox holds none


async def test_without_an_address_of_ours_there_is_no_link(store: Store) -> None:
    out = {channel: some[0] for channel, some in (await sent(store, Web())).items()}
    mail, bot = out["mail"], out["bot"]
    assert isinstance(mail, Mail)
    assert isinstance(bot, Chat)
    assert "/t/" not in mail.html
    assert len(bot.keyboard) == 1  # buttons answer by themselves
    assert links_in(store, Web()) is None


async def test_the_same_letter_is_the_same_at_each_attempt(store: Store) -> None:
    out = await sent(store, Web(public=PUBLIC), fails=2)
    for channel, some in out.items():
        bodies = [one.body.reveal() if isinstance(one, Call) else one for one in some]
        assert len(bodies) == (1 if channel == "console" else 3), channel  # the console always takes it
        assert all(one == bodies[0] for one in bodies), channel


def test_the_stores_key_is_made_once_and_the_configurations_goes_before_it(store: Store) -> None:
    first = ring_in(store, Web())
    with store.read() as tx:
        known = tx.get_meta(KEYS)
    assert known is not None
    assert first.digest(1, b"x", b"y") == ring_in(store, Web()).digest(1, b"x", b"y")
    own = ring_in(store, Web(link_key=Secret(f"2:{'n' * 32} 1:{'o' * 32}")))
    assert own.newest == 2
    assert own.digest(1, b"x", b"y") != first.digest(1, b"x", b"y")


def test_of_two_that_make_the_key_at_once_both_have_the_first_ones(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: ring_in(store, Web()), range(8)))
    assert len({ring.digest(1, b"x", b"y") for ring in rings}) == 1


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ('public = "zhiban.example.cn"', "https://zhiban.example.gov.cn"),
        ('public = "https://x.cn/?a=1"', "without a query"),
        ("link_days = 0", "1 to 90"),
        ('link_key = "hunter2"', "32 characters"),
        ('reply_fields = { phone = "x" }', "number, text, id"),
        ('replies_token = "hunter2"', "20 characters"),
        (f'token = "{"a" * 20}"\nreplies_token = "{"a" * 20}"', "expected to differ"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_what_cannot_work_is_refused_at_the_start(tmp_path: Path, key: str, words: str) -> None:
    (tmp_path / "zhiban.toml").write_text(f"[web]\n{key}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as raised:
        load_config(tmp_path / "zhiban.toml")
    assert "hunter2" not in str(raised.value)
