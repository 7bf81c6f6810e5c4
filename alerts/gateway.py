"""A letter by telephone: few words, filled into what a gateway wants to be sent, and what its answer means.

Gateways differ in names, not in kind: each takes an HTTP POST with a number, an approved template and its variables. So
there is one form whose names are settings. Variables must not hold links, and are short.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from alerts.letter import Fate, Letter, Meaning, Point
from alerts.plain import one_line, tidy
from alerts.statuses import by_status
from alerts.words import say
from streams.outgoing import Answer, Call, Outgoing
from streams.secrets import Secret

_NAME = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_BRACKETS = str.maketrans("", "", "【】")  # they mark a sender's signature, and are refused elsewhere
WORDS = ("level", "title", "more", "last_day", "count", "code", "unit")  # what a template may hold
PARTS = ("to", "text", "template_id", "id", "time", "parameters", "named", "parameters_json", "named_json")
PLAIN: Mapping[str, Any] = {"to": "{to}", "text": "{text}", "id": "{id}"}
TOO_LONG = frozenset({413, 414})
PAUSE = 60.0  # seconds after a code that says too fast


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Posts to `url` what `body` lays down. In it stand `{to}`, `{text}`, `{template_id}`, `{id}` (the same at each
    attempt), `{time}` (Unix seconds), the template's variables by order (`{parameters}`) or by name (`{named}`), either
    with `_json` as text, and each of `secrets` by its name.

    `template` is the text that the gateway approved, its variables by our names: `{level}`, `{title}`, `{more}` (等 3
    项), `{last_day}`, `{count}`, `{code}` (of a reply), `{unit}`; without one the text is our own. `success` such as
    `code=OK` or `result=0|200` says which field of a JSON answer must say what; `final` are its values that no later
    attempt would change, `ours` those that only other settings would, `too_fast` those that ask for a pause. With a
    `key`, `{time}.` and the body are signed (HMAC-SHA256, hexadecimal).
    """

    url: Secret
    template: str = ""  # the approved text, its variables by our names; empty: our own words
    template_id: str = ""  # what the gateway calls it
    body: dict[str, Any] = {}  # empty: `to`, `text` and `id`
    encoding: Literal["json", "form"] = "json"
    headers: dict[str, Secret] = {}
    secrets: dict[str, Secret] = {}  # what the body wants besides, by name
    success: str = ""  # which field of a JSON answer must say what; empty: the status is enough
    final: tuple[str, ...] = ()  # values of that field which no later attempt would change
    ours: tuple[str, ...] = ()  # values that only other settings would change, here or there: the operator is told soon
    too_fast: tuple[str, ...] = ()  # values that say too fast: the channel's letters wait a minute
    longest: int = 35  # characters of a variable
    empty: str = "无"  # what stands for a variable that has nothing to say: gateways refuse empty ones
    key: Secret = Secret("")  # signs time and body
    signature_header: str = "X-Signature"
    time_header: str = "X-Timestamp"
    replies: bool = False  # whether the gateway pushes replies to us: only then letters carry a code

    def __post_init__(self) -> None:
        """Raise ValueError where a name is not ours, without showing what is secret."""
        if not self.url.reveal().startswith(("http://", "https://")):
            raise ValueError("url: expected http:// or https://")
        for where, text, names in (
            ("template", self.template, WORDS),
            ("body", str(self.body), (*PARTS, *self.secrets)),
        ):
            unknown = sorted(set(_NAME.findall(text)) - set(names))
            if unknown:
                raise ValueError(f"{where}: {', '.join(unknown)}: expected {', '.join(names)}")
        if self.success and not _success(self.success)[1]:
            raise ValueError(f"success {self.success!r}: expected FIELD=VALUE or FIELD=VALUE|VALUE")

    @property
    def has_codes(self) -> bool:
        """Whether its letters are answered by a code."""
        return self.replies and (not self.template or "{code}" in self.template)

    def call(self, letter: Letter, at: datetime, most: int) -> Outgoing:
        """The POST, its text of at most `most` UTF-16 units."""
        words = _fitted(self, _words(letter), most, letter.language)
        named = {name: words[name] or self.empty for name in dict.fromkeys(_NAME.findall(self.template))}
        values: dict[str, Any] = {name: one.reveal() for name, one in self.secrets.items()}
        values |= {
            "to": _number(letter.to),
            "text": _text(self.template, words, self.empty, letter.language),
            "template_id": self.template_id,
            "id": letter.key,
            "time": str(int(at.timestamp())),
            "parameters": list(named.values()),
            "named": named,
            "parameters_json": _json(list(named.values())),
            "named_json": _json(named),
        }
        body = _encoded(_filled(self.body or PLAIN, values), self.encoding)
        return Call(url=self.url, body=Secret(body), headers=self._headers(body, values["time"]))

    def fate(self, answer: Answer) -> Fate:
        """2xx is delivered, where nothing else was to be said. A 2xx that does not say it at all is refused at once:
        the settings are wrong, and nobody's telephone should ring for three days."""
        return self.meaning(answer).fate

    def meaning(self, answer: Answer) -> Meaning:
        """By the field that says it, else by the status."""
        field, wanted = _success(self.success)
        found = str(answer.said[field]) if field in answer.said else None
        if found in self.final:
            return Meaning(Fate.NEVER)
        if found in self.ours:
            return Meaning(Fate.AGAIN, "settings")
        if found in self.too_fast:
            return Meaning(Fate.AGAIN, "too_fast", PAUSE)
        if not 200 <= answer.code < 300 or not field or found in wanted:
            return by_status(answer, TOO_LONG)
        return Meaning(Fate.NEVER if found is None else Fate.AGAIN)

    def _headers(self, body: str, time: str) -> dict[str, Secret]:
        kind = "application/json" if self.encoding == "json" else "application/x-www-form-urlencoded"
        headers = {"content-type": Secret(f"{kind}; charset=utf-8"), **self.headers}
        if self.key:
            signed = hmac.new(self.key.reveal().encode(), f"{time}.{body}".encode(), hashlib.sha256).hexdigest()
            headers |= {self.time_header: Secret(time), self.signature_header: Secret(signed)}
        return headers


def _success(text: str) -> tuple[str, tuple[str, ...]]:
    """The field, and the values of which one must be there."""
    field, _, values = text.partition("=")
    return field.strip(), tuple(value.strip() for value in values.split("|") if value.strip())


def _words(letter: Letter) -> dict[str, str]:
    """What there is to say, uncut."""
    tidied = tidy(letter)
    count = len(letter.points) + letter.more
    first = tidied.points[0] if tidied.points else None
    return {
        "level": say(letter.language, f"level.{first.level}") if first is not None else "",
        "title": _bare(first.title if first is not None else tidied.subject),
        "more": say(letter.language, "phone.more", count=count) if count > 1 else "",
        "last_day": _last_day(first, letter.language) if first is not None else "",
        "count": str(count),
        "code": letter.code,
        "unit": _bare(re.split("[：:]", tidied.intro, maxsplit=1)[0]),
    }


def _bare(text: str) -> str:
    return one_line(text.translate(_BRACKETS))


def _last_day(point: Point, language: str) -> str:
    """The last safe day, or the last day to answer, as the letter's lines have it; without its weekday."""
    for key in ("line.last_safe", "line.answer_by"):
        head = say(language, key, day="\0").partition("\0")[0]
        for line in point.lines:
            if line.startswith(head):
                return re.split("[（(]", line.removeprefix(head), maxsplit=1)[0].strip()
    return ""


def _fitted(gateway: Gateway, words: Mapping[str, str], most: int, language: str) -> dict[str, str]:
    """The words, none longer than a variable may be; the title gives way where the whole would be too long."""
    cut = {name: _shortened(text, gateway.longest) for name, text in words.items()}
    without = _text(gateway.template, {**cut, "title": ""}, "", language)
    return {**cut, "title": _shortened(cut["title"], max(most - units(without), 4))}


def _shortened(text: str, most: int) -> str:
    """At most so many UTF-16 units."""
    while units(text) > most:
        text = text.removesuffix("…")[:-1] + "…"
    return text


def units(text: str) -> int:
    """The length of `text` in UTF-16 units, as telephones count."""
    return len(text.encode("utf-16-le")) // 2


def _text(template: str, words: Mapping[str, str], empty: str, language: str) -> str:
    """The template filled; our own words where there is none, with nothing said of what there is nothing to say of."""
    if template:
        return _NAME.sub(lambda found: words[found[1]] or empty, template)
    colon, comma = (": ", "; ") if language == "en" else ("：", "，")
    head = f"{words['level']}{colon}" if words["level"] else ""
    parts = [f"{head}{words['title']}{words['more']}"]
    parts += [say(language, f"phone.{name}", **{name: words[name]}) for name in ("last_day", "code") if words[name]]
    return comma.join(parts)


def _number(to: str) -> str:
    """The telephone number, without what people put between its digits; empty where it is none."""
    plain = re.sub(r"[\s()（）.-]", "", to)
    return plain if _NUMBER.fullmatch(plain) else ""


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    """A copy of `value` with every name in it replaced; a text that is only a name becomes what it stands for."""
    if isinstance(value, dict):
        return {key: _filled(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    if not isinstance(value, str):
        return value
    whole = _NAME.fullmatch(value)
    return values[whole[1]] if whole else _NAME.sub(lambda found: str(values[found[1]]), value)


def _encoded(body: Mapping[str, Any], encoding: str) -> str:
    if encoding == "json":
        return _json(body)
    return urlencode({key: one if isinstance(one, str) else _json(one) for key, one in body.items()})


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
