"""`zhiban digest readers|leave|join`: who gets the digest, and the way out of it and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.markup import escape

from alerts.digest.value import Subscription
from alerts.routing import Recipient
from alerts.undelivered import masked
from alerts.view import iso
from streams.ports.clock import SystemClock
from streams.ports.store.marks import refuse_left
from zhiban.commands.opened import Opened
from zhiban.commands.people import local, myself
from zhiban.commands.screen import table
from zhiban.digestwork import subscriptions
from zhiban.subscribing import gone
from zhiban.subscribing import subscribe as note
from zhiban.words import say


def readers(opened: Opened, *, json: bool) -> int:
    """`zhiban digest readers`."""
    with opened.store.read() as tx:
        left = gone(tx)
    rows = [_row(one, left.get(Recipient(one.channel, one.to))) for one in _all(opened)]
    if json:
        opened.say({"readers": rows})
        return 0
    shown = table("channel", "to", "state", "since")
    for row in rows:
        shown.add_row(row["channel"], escape(row["to"]), say(f"reader.{row['state']}"), local(row["left_at"]))
    opened.console.print(shown)
    return 0


def _row(one: Subscription, left_at: datetime | None) -> dict[str, Any]:
    state = "gets" if left_at is None else "left"
    return {"channel": one.channel, "to": masked(one.to), "state": state, "left_at": iso(left_at)}


def subscribe(opened: Opened, to: str, channel: str, by: str, *, wanted: bool, json: bool) -> int:
    """`zhiban digest leave|join TO`: said again, it changes nothing. Raises ValueError for whom nobody knows."""
    reader = _reader(opened, to, channel)
    now = SystemClock().now()
    with opened.store.write() as tx:
        refuse_left(tx)
        fresh = note(tx, now, reader, by or myself(), wanted=wanted)
    opened.judge()
    opened.store.close()
    key = "done.no_change" if not fresh else "done.joined" if wanted else "done.left"
    if json:
        opened.say({"channel": reader.channel, "to": masked(reader.to), "wanted": wanted, "changed": fresh})
    else:
        opened.console.print(say(key, to=reader.to, channel=reader.channel), highlight=False, markup=False)
    return 0


def _reader(opened: Opened, to: str, channel: str) -> Recipient:
    known = [Recipient(one.channel, one.to) for one in _all(opened)]
    found = [one for one in known if one.to == to and channel in {"", one.channel}]
    if not found:
        expected = ", ".join(f"{one.to} ({one.channel})" for one in known) or "—"
        raise ValueError(say("bad.reader", found=to, expected=expected))
    if len(found) > 1:
        raise ValueError(say("bad.reader.channel", found=to, expected=", ".join(one.channel for one in found)))
    return found[0]


def _all(opened: Opened) -> tuple[Subscription, ...]:
    return subscriptions(opened.config, opened.folder)
