"""`zhiban contacts`: who answers for which address, as they said it themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.markup import escape

from alerts.board import Board
from alerts.contacts import posts_of
from alerts.directory import UNITS
from alerts.remembered import Post
from alerts.view import iso
from alerts.wording import masked
from streams.ports.clock import SystemClock
from streams.records import FactKind
from zhiban.commands.opened import Opened
from zhiban.commands.people import local, myself
from zhiban.commands.screen import table
from zhiban.deeds import answer_contact
from zhiban.words import say


def contacts_view(board: Board) -> list[dict[str, Any]]:
    """Every address of the registry: what it is for, when it was asked, what it answered and when, and when others were
    told of that, or of its silence."""
    return [
        {
            "address": masked(address),
            "unit": UNITS.join(dict.fromkeys(who.unit for who in whose.values() if who.unit)),
            "subjects": list(whose),
            **_said(board.get(Post, address) or Post()),
        }
        for address, whose in sorted(posts_of(board).items())
    ]


def _said(post: Post) -> dict[str, Any]:
    return {
        "state": state_of(post),
        "asked_at": iso(post.asked_at),
        "confirmed_at": iso(post.confirmed_at),
        "left_at": iso(post.left_at),
        "by": masked(post.by) or None,
        "told_at": iso(post.told_at),
    }


def state_of(post: Post) -> str:
    """holds, left, silent, asked or unasked: what came last counts."""
    answered = post.left_at or post.confirmed_at
    if answered is not None and (post.asked_at is None or answered >= post.asked_at):
        return "left" if post.left_at is not None else "holds"
    if post.asked_at is None:
        return "unasked"
    return "silent" if _is_after(post.told_at, post.asked_at) else "asked"


def _is_after(one: datetime | None, other: datetime) -> bool:
    return one is not None and one > other


def show_contacts(opened: Opened, at: str, *, json: bool) -> int:
    """`zhiban contacts`."""
    rows = contacts_view(opened.standing(at).board)
    if json:
        opened.say({"contacts": rows})
        return 0
    shown = table(
        "contact.address", "unit", "contact.count", "state", "contact.asked", "contact.answered", "by", "contact.told"
    )
    for row in rows:
        shown.add_row(*_cells(row))
    opened.console.print(shown)
    return 0


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    answered = row["left_at"] or row["confirmed_at"]
    texts = (row["address"], row["unit"], str(len(row["subjects"])), say(f"post.{row['state']}"))
    return *map(escape, texts), local(row["asked_at"]), local(answered), escape(row["by"] or ""), local(row["told_at"])


def answer(opened: Opened, kind: FactKind, address: str, by: str, *, json: bool) -> int:
    """`zhiban contacts confirm|left ADDRESS`."""
    if address.strip() not in posts_of(opened.standing("").board):
        raise ValueError(say("bad.contact", found=address))
    done = answer_contact(opened.store, SystemClock().now(), kind, address, by or myself())
    opened.judge()
    opened.store.close()
    if json:
        opened.say({"id": address, "subject": done.subject, "at": iso(done.at)})
    else:
        told = say(f"done.{kind.value}", id=address, at=local(iso(done.at)))
        opened.console.print(told, highlight=False, markup=False)
    return 0
