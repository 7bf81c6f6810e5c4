"""The configuration: `zhiban.toml`, strictly read. An unknown key stops the start and names file and key."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from alerts.taps import ring_of
from streams.accounts import MailAccount
from streams.secrets import Secret
from zhiban.words import say

SHORTEST = 20  # characters of a token
_PUBLIC = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?", re.IGNORECASE)


class ConfigError(Exception):
    """The configuration cannot be used; every fault that was found is listed, each with file and key."""


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is watched, and by which rules. Paths are relative to the configuration file."""

    store: str = "sqlite:///zhiban.db"
    pack: tuple[str, ...] = ("national-2019",)
    workdays: str = ""  # a file of next year's holidays and of local days, over the statutory calendar
    language: Literal["zh", "en"] = "zh"
    operator: str = ""  # shown to the sites that are read, in the User-Agent: a mail address or a page
    at_once: int = 64


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where /healthz, /metrics, the API and one-tap links are served: loopback, unless somebody decides otherwise.

    `public` is the address by which readers of letters reach us, such as https://zhiban.example.gov.cn: without one,
    letters carry no links. Only /t/ and /u/ need to be reached there.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    token: Secret = Secret("")  # the API's, at least 20 characters; without one there is no API
    write_token: Secret = Secret("")  # of those who push messages: another, as long; without one nobody can
    hosts: tuple[str, ...] = ()  # names by which the API may be asked, besides loopback's and `host`
    replies_token: Secret = Secret("")  # of the gateway that pushes replies to texts; without one nobody can
    reply_fields: dict[str, str] = {}  # what the gateway calls `number`, `text` and `id`
    public: str = ""  # the address that links carry; without one there are none
    link_key: Secret = Secret("")  # signs links; several as 2:NEW 1:OLD. Without one the store makes and keeps its own
    link_days: int = 14  # for how long the links of a letter, and the code of a text, are good

    def __post_init__(self) -> None:
        """Raise ValueError where a token could be guessed or does two things, or where links cannot work."""
        tokens = [one.reveal() for one in (self.token, self.write_token, self.replies_token) if one]
        for token in tokens:
            if len(token) < SHORTEST:
                raise ValueError(say("config.token", expected=SHORTEST, found=len(token)))
        if len(set(tokens)) < len(tokens):
            raise ValueError(say("config.same_token"))
        if unknown := sorted(set(self.reply_fields) - {"number", "text", "id"}):
            raise ValueError(say("config.reply_fields", found=unknown[0]))
        if self.public and not _PUBLIC.fullmatch(self.public):
            raise ValueError(say("config.public", found=self.public))
        if not 1 <= self.link_days <= 90:
            raise ValueError(say("config.link_days", found=self.link_days))
        if self.link_key:
            ring_of(self.link_key.reveal())


class EvidenceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where responses are kept, and how many bytes they may take in all."""

    folder: str = "evidence"
    budget: str = "10GB"


class Politeness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How sites are read: seconds between two requests to one host, how many at once, and whose owner agreed."""

    gap: float = 1.0
    per_host: int = 2
    authorised: tuple[str, ...] = ()  # hosts whose owner's signed authorisation overrides robots.txt
    allow_private: tuple[str, ...] = ()  # hosts of the office's own network that may be read
    reference: tuple[str, ...] = ()  # hosts whose silence says that our own network is down


class Watchdog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dead-man's switch for the monitor itself: this URL is fetched as long as all is well."""

    url: Secret = Secret("")
    every: float = 60.0


class Sentry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where errors and cron check-ins are reported; nowhere without a DSN."""

    dsn: Secret = Secret("")
    environment: str = "production"


class MessageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of citizens' messages beside ids, times and categories: masked texts for so many days, or none."""

    keep_text_days: int = 0


class Cluster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where Kafka is, and how its topics are laid out; not used by `zhiban run`. `partitions` is chosen once: another
    number moves subjects, and is a cut. `days` is how long records stay."""

    kafka: tuple[str, ...] = ()
    prefix: str = "zhiban"
    partitions: int = 8
    replication: int = 1
    min_insync: int = 1
    days: int = 800
    batch: int = 2000  # records in one transaction of an agents worker
    within: float = 0.02  # seconds that a batch which is not full waits for more
    silence: float = 600.0  # seconds without a tick after which the next one says that we were off
    session_timeout: float = 30.0  # seconds after which the others take over a silent worker's partitions
    stalled: float = 300.0  # seconds without a settled tick after which a partition is told of
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0  # /healthz and /metrics of workers other than web; 0: none


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything. `channels`, `routes`, `digests` and `rules` are read by those whose settings they are."""

    watch: Watch = Watch()
    web: Web = Web()
    evidence: EvidenceSettings = EvidenceSettings()
    politeness: Politeness = Politeness()
    watchdog: Watchdog = Watchdog()
    sentry: Sentry = Sentry()
    cluster: Cluster = Cluster()
    messages: MessageSettings = MessageSettings()
    channels: dict[str, dict[str, Any]] = {}
    routes: tuple[dict[str, Any], ...] = ()
    digests: tuple[dict[str, Any], ...] = ()
    rules: dict[str, dict[str, Any]] = {}
    connectors: dict[str, dict[str, Any]] = {}
    desk: dict[str, Any] = {}
    imap: dict[str, MailAccount] = {}  # how to get into mailboxes, by address or host


def load_config(path: Path) -> Config:
    """Read a configuration file; raises ConfigError that names the file, the key, what was found and expected."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = say("config.missing", path=path)
        raise ConfigError(message) from None
    except (OSError, UnicodeDecodeError) as error:
        message = say("config.unreadable", path=path, detail=error)
        raise ConfigError(message) from error
    try:
        raw = msgspec.toml.decode(text.encode())
    except msgspec.DecodeError as error:
        message = say("config.toml", path=path, detail=error)
        raise ConfigError(message) from error
    config: Config = read(raw, Config, str(path), path.parent)
    return config


def read(raw: Any, into: type[Any], where: str, base: Path) -> Any:
    """Turn a table into `into`, with `x_env` and `x_file` keys resolved to the value of `x`; raises ConfigError."""
    try:
        return msgspec.convert(_resolve(raw, where, base), into, dec_hook=_secret)
    except msgspec.ValidationError as error:
        message = say("config.whole", where=where, detail=value_in_words(str(error)))
        raise ConfigError(message) from error


def _secret(wanted: type[Any], value: Any) -> Any:
    if wanted is Secret and isinstance(value, str):
        return Secret(value)
    message = say("config.secret", expected=wanted.__name__, found=type(value).__name__)
    raise TypeError(message)


_SOURCE = re.compile(r"(.+)_(env|file)")


def _resolve(raw: Any, where: str, base: Path) -> Any:
    """Secrets come from the environment (`password_env = "NAME"`) or from a file (`password_file = "path"`)."""
    if isinstance(raw, list):
        return [_resolve(value, where, base) for value in raw]
    if not isinstance(raw, dict):
        return raw
    resolved: dict[str, Any] = {}
    for key, value in raw.items():
        found = _SOURCE.fullmatch(key)
        if found is None or not isinstance(value, str):
            resolved[key] = _resolve(value, where, base)
        else:
            resolved[found[1]] = _fetch(found[2], key, value, where, base)
    return resolved


def _fetch(kind: str, key: str, value: str, where: str, base: Path) -> str:
    if kind == "env":
        if value not in os.environ:
            message = say("config.env", where=where, key=key, name=value)
            raise ConfigError(message)
        return os.environ[value]
    try:
        return (base / value).read_text(encoding="utf-8").strip()
    except OSError as error:
        message = say("config.file", where=where, key=key, name=value, detail=error.strerror)
        raise ConfigError(message) from error


_SAID = {
    "value.type": re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<found>[^`]+)`"),
    "value.unknown": re.compile(r"Object contains unknown field `(?P<key>[^`]+)`"),
    "value.missing": re.compile(r"Object missing required field `(?P<key>[^`]+)`"),
    "value.choice": re.compile(r"Invalid enum value (?P<found>.+)"),
}


def value_in_words(error: str) -> str:
    """Msgspec's `... - at `$.watch.x`` put the way people name keys, in the language of our screens."""
    text, _, place = error.partition(" - at `$")
    for key, pattern in _SAID.items():
        if found := pattern.fullmatch(text):
            text = say(key, **found.groupdict())
    return say("config.place", place=place.strip("`."), detail=text) if place else text


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", re.IGNORECASE)


def parse_size(text: str) -> int:
    """Bytes of `500MB`, `10GB`; raises ValueError that says what was found."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        message = say("config.size", found=text)
        raise ValueError(message)
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " "))


def parse_span(text: str) -> timedelta:
    """A span such as `30s`, `15m`, `4h`, `2d`; raises ValueError that says what was found."""
    found = re.fullmatch(r"(\d+)\s*([smhd])", text.strip().lower())
    if found is None:
        message = say("config.span", found=text)
        raise ValueError(message)
    return timedelta(**{{"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[found[2]]: int(found[1])})
