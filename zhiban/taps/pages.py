"""The pages of one-tap links: calm, whole in one answer, nothing of anybody else's in them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files

import msgspec
from jinja2 import DictLoader, Environment, StrictUndefined, Template

from alerts.questions import shown
from alerts.routing import Recipient
from alerts.taps import BadTap, Button, Tap, label
from alerts.wording import local
from alerts.words import say as letter_say
from zhiban.deeds import LONGEST, NotDone
from zhiban.said import Said
from zhiban.taps.cases import Case
from zhiban.taps.pressing import Pressed, Subscriber
from zhiban.words import language, say

_REASONED = frozenset({Button.DISMISS, Button.GRANT, Button.REFUSE})
SUBSCRIBE = ("subscribe", "again")


class Matter(msgspec.Struct, frozen=True):
    """What a page is about."""

    id: str
    title: str
    level: str


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked before anything is done. `reason` is None where none is wanted, and `needed` where it must be."""

    action: str
    button: str
    hidden: tuple[tuple[str, str], ...]
    reason: str | None = None
    needed: bool = False
    fault: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page and its status; `mood` is good, bad or neither."""

    status: int = 200
    title: str
    mood: str = ""
    matter: Matter | None = None
    said: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    form: Form | None = None
    foot: str = ""
    retry_after: int = 0


def asking(case: Case, token: str, action: str, reason: str = "", fault: NotDone | None = None) -> Page:
    """What the button would do, and the button; what was done already, or that the matter is over."""
    if case.closed_at is not None:
        return closed(case)
    if case.mine is not None:
        return done(Pressed(case, case.mine, fresh=False))
    if case.answered is not None:
        return answered(case)
    button = case.tap.button
    words = label(button, case.rule, language())
    form = Form(
        action=action,
        button=say("tap.do", label=words),
        hidden=(("token", token),),
        reason=reason if button in _REASONED else None,
        needed=button is Button.DISMISS,
        fault=_fault(fault),
    )
    return Page(
        status=200 if fault is None else 422,
        title=words,
        matter=_matter(case),
        said=_lines(case.said),
        lines=(*case.lines, say(f"tap.what.{button.value}")),
        form=form,
        foot=say("tap.until", until=moment(case.tap.until)),
    )


def done(pressed: Pressed) -> Page:
    """What was noted, by whom and when."""
    case = pressed.case
    button = case.tap.button
    again = () if pressed.fresh else (say("tap.done.again"),)
    return Page(
        title=say("tap.done", label=label(button, case.rule, language())),
        mood="good",
        matter=_matter(case),
        said=_lines(one for one in case.said if one != pressed.said),
        lines=(_who(pressed.said), say(f"tap.next.{button.value}"), *again),
    )


def closed(case: Case, status: int = 200) -> Page:
    """The matter is over."""
    at = moment(case.closed_at) if case.closed_at is not None else ""
    text = say("tap.closed.text", at=at)
    return Page(status=status, title=say("tap.closed"), mood="good", matter=_matter(case), lines=(text,))


def answered(case: Case, status: int = 200) -> Page:
    """Somebody has answered already, and otherwise."""
    title, text = say("tap.answered"), say("tap.answered.text")
    return Page(status=status, title=title, matter=_matter(case), said=_lines(case.said), lines=(text,))


def refused(bad: BadTap) -> Page:
    """A link that does nothing."""
    if bad.why == "expired" and bad.tap is not None:
        text = say("tap.expired.text", at=moment(bad.tap.until))
        return Page(status=410, title=say("tap.expired"), lines=(text,))
    return plain("nothing", 404)


def plain(name: str, status: int, retry_after: int = 0) -> Page:
    """A page that only says something: nothing, wrong, fast or away."""
    text = say(f"tap.{name}.text", seconds=retry_after)
    return Page(status=status, title=say(f"tap.{name}"), lines=(text,), retry_after=retry_after)


def subscription(button: Button, one: Subscriber, tap: Tap, action: str) -> Page:
    """Ask whether somebody wants no more digests, or wants them again; or that it is so."""
    if (one.left_at is None) is (button is Button.JOIN):
        return joined(one) if button is Button.JOIN else left(one)
    return joining(one.reader, tap, action) if button is Button.JOIN else leaving(one.reader, tap, action)


def leaving(reader: Recipient, tap: Tap, action: str) -> Page:
    """Ask whether somebody wants no more digests."""
    # The field is what mail programs send by themselves (RFC 8058): the page's button does the same.
    form = Form(
        action=action, button=say("tap.do", label=say("tap.leave")), hidden=(("List-Unsubscribe", "One-Click"),)
    )
    text = say("tap.leave.text", to=shown(reader))
    return Page(title=say("tap.leave"), lines=(text,), form=form, foot=say("tap.leave.until", until=moment(tap.until)))


def left(one: Subscriber) -> Page:
    """Somebody gets no more digests; the way back is a button."""
    at = moment(one.left_at) if one.left_at is not None else ""
    text = say("tap.leave.done.text", to=shown(one.reader), at=at)
    return Page(title=say("tap.leave.done"), mood="good", lines=(text,), form=_back(one.other))


def joining(reader: Recipient, tap: Tap, action: str) -> Page:
    """Ask whether somebody wants digests again."""
    foot = say("tap.leave.until", until=moment(tap.until))
    return Page(title=say("tap.join"), lines=(say("tap.join.text", to=shown(reader)),), form=_back(action), foot=foot)


def joined(one: Subscriber) -> Page:
    """Somebody gets digests again."""
    return Page(title=say("tap.join.done"), mood="good", lines=(say("tap.join.done.text", to=shown(one.reader)),))


def _back(token: str) -> Form:
    # Not the field that mail programs send by themselves: none of them subscribes anybody.
    return Form(action=token, button=say("tap.join"), hidden=(SUBSCRIBE,))


def _fault(fault: NotDone | None) -> str:
    if fault is None:
        return ""
    return say("tap.reason.long", expected=LONGEST) if fault.key == "long" else say("tap.reason.why")


def _matter(case: Case) -> Matter:
    return Matter(case.id, case.title, letter_say(language(), f"level.{case.level}"))


def _lines(said: Iterable[Said]) -> tuple[str, ...]:
    return tuple(_line(one) for one in said)


def _line(said: Said) -> str:
    return say("tap.said.line", at=moment(said.at), by=said.by, what=say(f"tap.said.{said.kind}"))


def _who(said: Said) -> str:
    return say("tap.done.by", by=said.by, at=moment(said.at))


def moment(at: datetime) -> str:
    """A moment that no line breaks in two."""
    return local(at).replace("-", "\u2011").replace(" ", "\xa0")


# -- as bytes --------------------------------------------------------------------------------------------------------


def rendered(page: Page) -> str:
    """The page as HTML, in the language of our screens."""
    return _template().render(page=page, say=say, language="zh-CN" if language() == "zh" else "en")


@cache
def policy() -> str:
    """What a browser may do with a page: show it and its own style, and send its form back."""
    style = base64.b64encode(hashlib.sha256(_css().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def _css() -> str:
    return _file("tap.css").strip()


@cache
def _template() -> Template:
    texts = DictLoader({"tap.html": _file("tap.html"), "tap.css": _css()})
    made = Environment(loader=texts, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("tap.html")


def _file(name: str) -> str:
    return (files("zhiban") / "templates" / name).read_text(encoding="utf-8")
