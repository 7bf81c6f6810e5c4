"""What the Chinese chat services have in common: markup made harmless, limits in bytes, marks, codes of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from alerts.letter import Fate, Letter, Meaning, Point
from alerts.plain import is_link, left_out, marked, one_line, tidy
from alerts.words import say
from streams.outgoing import Answer, Pace, Post
from streams.secrets import Secret

T = TypeVar("T")
# Their markdown has no escape that all of them document. What could begin a link, a mention, a tag or an entity is
# shown by its full-width twin: a title from a page must neither mention everybody nor show a link of its own.
_TWINS = str.maketrans("<>[]*_`~|\\&", "＜＞［］＊＿｀～｜＼＆")
_LEADS = str.maketrans("#-+=", "＃－＋＝")  # headings, lists and rules, at the beginning of a line alone
EVERYBODY = "@all"
_PHONE = re.compile(r"\+?[0-9-]{7,20}")
_ID = re.compile(r"[A-Za-z0-9_@.-]{1,64}")


def size(text: str) -> int:
    """Bytes as UTF-8."""
    return len(text.encode())


def json_size(text: str) -> int:
    """Bytes as JSON, which says some of them in two."""
    return len(msgspec.json.encode(text))


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a service takes texts: the most bytes (UTF-8) of a whole and of its parts, and the markup of each.

    The parts add up to less than the whole, so that one point always fits.
    """

    most: int
    subject: int
    intro: int
    title: int
    line: int
    clause: int
    href: int  # a link that is longer is left out
    block: int  # of one point: its lines give way to its links
    bold: str = "**"
    lead: str = "> "
    newline: str = "\n"
    linked: bool = True  # whether a link may have a name
    measure: Callable[[str], int] = size


def harmless(text: str) -> str:
    """A text in which none of these services finds markup."""
    return text[:1].translate(_LEADS).translate(_TWINS) + text[1:].translate(_TWINS)


def cut(text: str, most: int) -> str:
    """One harmless line of at most `most` bytes."""
    line = harmless(one_line(text, most))
    if size(line) <= most:
        return line
    return line.encode()[: most - 3].decode(errors="ignore") + "…"


def fitting(count: int, make: Callable[[int], T], most: int, measure: Callable[[T], int]) -> T:
    """What `make` makes of as many of `count` points as fit into `most`."""
    made = make(count)
    while measure(made) > most and count > 0:
        count -= 1
        made = make(count)
    return made


def text_of(letter: Letter, form: Form, *, keyword: str = "", tail: str = "", buttons: bool = False) -> str:
    """The letter in a form, cut between two points, with word of how many are left; `tail` comes last.

    `buttons`: its links are shown elsewhere.
    """
    tidied = tidy(letter)
    blocks = [block(point, form, letter.language, links=not buttons) for point in tidied.points]
    made = lambda shown: _whole(letter, tidied, form, blocks[:shown], keyword, tail)  # noqa: E731
    return fitting(len(blocks), made, form.most, form.measure)


def headline(subject: str, keyword: str, most: int) -> str:
    """The subject, with the robot's keyword in it."""
    word = harmless(keyword)
    whole = cut(subject, most - size(word) - 4 if word else most)
    return whole if word in whole else f"{word} · {whole}"


def _whole(letter: Letter, tidied: Letter, form: Form, blocks: list[str], keyword: str, tail: str) -> str:
    head = [f"{form.bold}{headline(tidied.subject, keyword, form.subject)}{form.bold}"]
    head += [cut(tidied.intro, form.intro)] if tidied.intro else []
    last = left_out(letter, len(blocks)) or cut(tidied.outro, form.intro)
    parts = [form.newline.join(head), *blocks, last, marked(letter), tail]
    return "\n\n".join(part for part in parts if part)


def block(point: Point, form: Form, language: str, *, links: bool = True) -> str:
    """One point; where it grows too long its last lines go first, its links last."""
    title = f"{form.bold}{cut(point.title, form.title)}{form.bold}"
    lines = [form.lead + cut(line, form.line) for line in point.lines]
    clause = [form.lead + cut(f"“{point.clause}”", form.clause)] if point.clause else []
    page = [_link(say(language, "open"), point.url, form)] if _fits(point.url, form) else []
    buttons = [_link(one.label, one.url, form) for one in point.actions if links and _fits(one.url, form)]
    for droppable in (lines, clause, page, buttons):
        while droppable and size(form.newline.join([title, *lines, *clause, *page, *buttons])) > form.block:
            droppable.pop()
    return form.newline.join([title, *lines, *clause, *page, *buttons])


def _fits(url: str, form: Form) -> bool:
    return is_link(url) and len(url) <= form.href


def _link(label: str, url: str, form: Form) -> str:
    return f"[{harmless(label)}]({hidden(url)})" if form.linked else f"{harmless(label)}: {url}"


def hidden(url: str) -> str:
    """A link as it can stand in brackets."""
    return url.replace("(", "%28").replace(")", "%29")


class Mentions(msgspec.Struct, frozen=True):
    """Who is called by name in a group: ids of the service, mobile numbers, or everybody."""

    ids: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    everybody: bool = False


def mentions(to: str) -> Mentions:
    """The mentions of a route's `to`: ids and mobile numbers with commas between, `@all`; `-` is nobody."""
    words = [word for word in re.split(r"[\s,;|，；、]+", to) if word not in {"", "-"}]
    phones = tuple(word for word in words if _PHONE.fullmatch(word))
    ids = tuple(word for word in words if _ID.fullmatch(word) and word not in {*phones, EVERYBODY})
    return Mentions(ids, phones, EVERYBODY in words)


def meaning(answer: Answer, codes: Mapping[int, Meaning], *fields: str) -> Meaning:
    """What an answer says by the service's own code, which stands in the first of `fields` that is there."""
    code = next((answer.said[name] for name in fields if isinstance(answer.said.get(name), int)), None)
    if answer.code == 429 and code in {None, 0}:
        return Meaning(Fate.AGAIN, "too_fast")
    if not isinstance(code, int):
        remedy = "" if answer.code == 0 else "busy" if answer.code >= 500 else "elsewhere"
        return Meaning(Fate.AGAIN, remedy)
    if code == 0:
        return Meaning(Fate.DELIVERED) if answer.code < 300 else Meaning(Fate.AGAIN, "busy")
    words = next((answer.said[name] for name in ("errmsg", "msg") if isinstance(answer.said.get(name), str)), "")
    return msgspec.structs.replace(codes.get(code, Meaning(Fate.AGAIN, "other")), said=f"{code} {words}".strip())


def check(base: str, ca: str, **tokens: Secret) -> None:
    """Raise ValueError where no service can be reached so; it does not show what is secret.

    `tokens` are what stands at a webhook's end: who pastes the whole of it is told so at the start.
    """
    if not re.fullmatch(r"https?://[^\s?#]+", base):
        raise ValueError("base: expected http:// or https://, without parameters")
    if ca and "-----BEGIN CERTIFICATE-----" not in ca:
        raise ValueError("ca: expected certificates in PEM; ca_file names their file")
    for name, token in tokens.items():
        if not re.fullmatch(r"[A-Za-z0-9._~-]+", token.reveal()):
            raise ValueError(f"{name}: expected what stands at the webhook's end, not the whole of it")


class ChatService:
    """What the channels of these services do alike with settings that each has: where its service is, whom to trust
    there, and how fast to go."""

    base: str
    ca: str
    a_minute: int

    def __post_init__(self) -> None:
        """Raise ValueError where no service can be reached so."""
        check(self.base, self.ca, **self._tokens())

    @property
    def paces(self) -> tuple[Pace, ...]:
        """That of the robot."""
        return at_most((self.a_minute, 60))

    def meaning(self, answer: Answer) -> Meaning:
        """By the service's own code."""
        raise NotImplementedError

    def fate(self, answer: Answer) -> Fate:
        """What is wrong with the message, or its recipients, stays wrong; settings may be put right."""
        return self.meaning(answer).fate

    def post(self, path: str, body: bytes) -> Post:
        """JSON to the service; `path` holds what is secret too."""
        url = Secret(f"{self.base.rstrip('/')}{path}")
        return Post(url=url, body=body, headers={"content-type": "application/json"}, ca=self.ca)

    def _tokens(self) -> dict[str, Secret]:
        """What stands at a webhook's end, by its setting."""
        return {}


def at_most(*limits: tuple[int, float]) -> tuple[Pace, ...]:
    """So many messages in so many seconds each; 0 is no limit."""
    return tuple(Pace(most, seconds) for most, seconds in limits if most > 0)
