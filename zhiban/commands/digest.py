"""`zhiban digest`: a week's digest on the screen, in a file, or on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec

from alerts.channels.email import Email
from alerts.digest.events import calendar
from alerts.digest.page import standalone
from alerts.digest.plain import as_text, key_of
from alerts.digest.tidying import tidy_digest
from alerts.digest.value import Digest, Subscription
from alerts.digest.week import Week, parse_week, week_of
from alerts.letter import Letter
from alerts.undelivered import masked
from alerts.view import iso
from streams.days import SHANGHAI
from streams.outgoing import Mail
from streams.ports.clock import SystemClock
from streams.ports.smtp import build
from streams.ports.store.marks import refuse_left
from streams.ports.store.outbox import GAVE_UP, REFUSED
from zhiban.commands.opened import Opened
from zhiban.digestwork import DigestWork
from zhiban.sending import Senders, build_channels
from zhiban.taps.dressing import Dressing
from zhiban.words import asked, language, say

NOBODY = "zhiban@zhiban.invalid"
SUFFIXES = (".eml", ".html", ".txt", ".ics")
_FAILED = frozenset({REFUSED, GAVE_UP})


def digest(
    opened: Opened, week: str, out: Path | None, only: str, unit: str, supervisor: str, *, send: bool, json: bool
) -> int:
    """`zhiban digest`; raises ValueError where the words do not go together."""
    work = DigestWork(opened.store, opened.config, opened.folder, opened.rules, opened.pack, opened.settings)
    now = opened.moment("")
    wanted = _week(week) if week else week_of(now).moved(-1)
    chosen = [one for one in work.subscriptions if only in {"", one.to}]
    if only and not chosen:
        raise ValueError(say("bad.only", found=only, expected=", ".join(one.to for one in work.subscriptions) or "—"))
    if send:
        if out is not None or unit or supervisor:
            raise ValueError(say("bad.send"))
        return _send(opened, work, wanted, chosen, json=json)
    if now <= wanted.since:
        raise ValueError(say("bad.week.ahead", week=wanted.name))
    whose = _scoped(chosen, unit, supervisor)
    spoken = msgspec.structs.replace(whose, language=asked() or whose.language or language())
    return _show(opened, work.letter(work.book.read(wanted, now), spoken, now), out, json=json)


def _week(text: str) -> Week:
    try:
        return parse_week(text)
    except ValueError:
        raise ValueError(say("bad.week", found=text)) from None


def _scoped(chosen: Sequence[Subscription], unit: str, supervisor: str) -> Subscription:
    """Whose digest is shown: the first that is configured, or that of the whole city, or of the scope that is asked."""
    whose = chosen[0] if chosen else Subscription(channel="", to=NOBODY)
    if not unit and not supervisor:
        return whose
    return msgspec.structs.replace(whose, units=(unit or "*",), supervisors=(supervisor or "*",))


# -- shown -----------------------------------------------------------------------------------------------------------


def _show(opened: Opened, letter: Letter, out: Path | None, *, json: bool) -> int:
    assert letter.digest is not None
    tidied = tidy_digest(letter.digest)
    if out is not None:
        out.write_bytes(_written(opened, letter, tidied, out.suffix.lower()))
    if json:
        opened.say(digest_document(tidied))
    elif out is None:
        opened.console.print(as_text(tidied, letter.language), highlight=False, markup=False, soft_wrap=True)
    return 0


def digest_document(one: Digest) -> dict[str, Any]:
    """The document of `digest --json`; the link that ends it is the recipient's own, and left out."""
    return _fields(one) | {"since": iso(one.since), "until": iso(one.until)}


def _fields(value: msgspec.Struct) -> dict[str, Any]:
    """A value for scripts: every field, also where it has its default."""
    return {name: _plain(getattr(value, name)) for name in value.__struct_fields__ if name != "unsubscribe"}


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _fields(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _written(opened: Opened, letter: Letter, tidied: Digest, suffix: str) -> bytes:
    """The digest in a file's form, by its name's ending."""
    if suffix == ".html":
        return standalone(tidied, letter.language).encode()
    if suffix == ".txt":
        return as_text(tidied, letter.language).encode()
    channel = _mail_channel(opened, letter.channel)
    if suffix == ".ics":
        return calendar(tidied, letter.language, channel.domain)
    if suffix != ".eml":
        raise ValueError(say("bad.out", found=suffix, expected=", ".join(SUFFIXES)))
    mail = channel.compose(letter, letter.written_at)
    assert isinstance(mail, Mail)
    plain = mail if mail.to else msgspec.structs.replace(mail, to=NOBODY)
    return build(plain, channel.sender, format_datetime(letter.written_at.astimezone(SHANGHAI))).as_bytes()


def _mail_channel(opened: Opened, name: str) -> Email:
    built = build_channels(opened.config.channels, str(opened.folder / "zhiban.toml"), opened.folder)
    channel = built.get(name)
    return channel if isinstance(channel, Email) else Email(host="", sender=NOBODY)


# -- sent ------------------------------------------------------------------------------------------------------------


def _send(opened: Opened, work: DigestWork, week: Week, chosen: Sequence[Subscription], *, json: bool) -> int:
    """Put out what was never put out, and try at once what waits; a second time, nothing is made."""
    if not chosen:
        raise ValueError(say("bad.digests"))
    with opened.store.read() as tx:
        refuse_left(tx)
        known = tx.watermark()
    if known is None or known < week.until:
        raise ValueError(say("bad.week.open", week=week.name, until=str(iso(week.until))[:16].replace("T", " ")))
    staying = work.staying(chosen)
    added = work.put(week, staying, SystemClock().now())
    if staying and not added:
        raise ValueError(say("bad.week.before", week=week.name))
    asyncio.run(_try(opened))
    states = work.states(list(added))
    rows = [_row(week, one, added, states) for one in chosen]
    if json:
        opened.say({"week": week.name, "letters": rows})
    for row in () if json else rows:
        opened.console.print(
            say("digest.sent", **row, what=say(f"letter.{row['state']}")), highlight=False, markup=False
        )
    return 1 if any(row["state"] in _FAILED for row in rows) else 0


def _row(
    week: Week, whose: Subscription, added: Mapping[str, bool], states: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    key = key_of(week.name, whose)
    state, answer = states[key] if key in added else ("left", "")
    return {
        "key": key,
        "channel": whose.channel,
        "to": masked(whose.to),
        "made": added.get(key, False),
        "state": state,
        "answer": answer,
    }


async def _try(opened: Opened) -> None:
    """A round for what waits, as `zhiban run` would make it, until nothing is due any more."""
    built = build_channels(opened.config.channels, str(opened.folder / "zhiban.toml"), opened.folder)
    clock = SystemClock()
    dress = Dressing(opened.store, clock, opened.config.web).dressed
    senders = Senders(opened.store, clock, built, routes=opened.settings.routes, dress=dress)
    try:
        while await senders.round():
            pass
    finally:
        await senders.aclose()
