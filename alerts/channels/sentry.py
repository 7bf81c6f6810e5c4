"""Sentry: a letter as an event, for offices that watch everything there already."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

import msgspec

from alerts.letter import Fate, Letter, Meaning
from alerts.plain import SUBJECT, as_text_within, one_line, tidy
from alerts.statuses import by_status
from streams.findings import SEVERITY, Grade
from streams.outgoing import Answer, Call, Outgoing
from streams.secrets import Secret

LEVELS = {Grade.VETO: "error", Grade.BREACH: "error", Grade.DUE_SOON: "warning"}  # anything else: info
FINAL = frozenset({400, 413})
TOO_MANY, PAUSE = 429, 60.0  # where it does not say for how long, its own clients wait so many seconds
MOST = 8000  # characters of a message that Sentry keeps


class Sentry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sends letters to the project of `dsn` as events; a route's `to` is the environment that they are filed under.

    Letters about one alert are one issue. An event tells nothing of this program or machine, and has an id of the
    letter's own: Sentry takes it once. The errors of Zhiban itself go where `[sentry]` says.
    """

    dsn: Secret

    def __post_init__(self) -> None:
        """Raise ValueError where there is no project or no key, without showing either."""
        split = _split(self.dsn)
        if split.scheme not in {"http", "https"} or not split.username or not _project(split):
            raise ValueError("dsn: expected https://KEY@HOST/PROJECT")

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """An envelope (https://develop.sentry.dev/sdk/data-model/envelopes/) with one event."""
        event = _event(letter)
        payload = msgspec.json.encode(event, order="deterministic")
        head = {"event_id": event["event_id"], "sent_at": at.astimezone(UTC).isoformat()}
        item = {"type": "event", "length": len(payload), "content_type": "application/json"}
        body = b"\n".join([msgspec.json.encode(head), msgspec.json.encode(item), payload, b""])
        split = _split(self.dsn)
        auth = f"Sentry sentry_version=7, sentry_client=zhiban/1, sentry_key={split.username}"
        headers = {"content-type": Secret("application/x-sentry-envelope"), "x-sentry-auth": Secret(auth)}
        return Call(url=Secret(_endpoint(split)), body=Secret(body.decode()), headers=headers)

    def meaning(self, answer: Answer) -> Meaning:
        """By the status; a key or a project that is not known is said to be that."""
        found = by_status(answer, FINAL)
        bare = answer.code == TOO_MANY and answer.retry_after is None
        return msgspec.structs.replace(found, retry_after=PAUSE) if bare else found

    def fate(self, answer: Answer) -> Fate:
        """What cannot be read, or is too large, is final; a wrong key may be put right."""
        return self.meaning(answer).fate


def _event(letter: Letter) -> dict[str, object]:
    tidied = tidy(letter)
    known = [Grade(point.level) for point in tidied.points if point.level in set(Grade)]
    gravest = max(known, key=SEVERITY.__getitem__, default=Grade.NOTICE)
    first = tidied.points[0] if tidied.points else None
    return {
        "event_id": hashlib.blake2b(letter.key.encode("utf-8", "replace"), digest_size=16).hexdigest(),
        "timestamp": letter.written_at.astimezone(UTC).isoformat(),
        "platform": "other",
        "level": LEVELS.get(gravest, "info"),
        "logger": "zhiban",
        "environment": one_line(letter.to, 60).replace("/", "-") or "production",
        "fingerprint": [one_line(letter.thread, 200)],
        "message": {"formatted": f"{tidied.subject}\n\n{as_text_within(letter, MOST - SUBJECT - 2)}"},
        "tags": {
            "reason": letter.reason.value,
            "rule": one_line(first.rule, 100) if first is not None else "",
            "subject": one_line(first.subject, 100) if first is not None else "",
        },
    }


def _split(dsn: Secret) -> SplitResult:
    try:
        split = urlsplit(dsn.reveal())
        _ = split.port  # which may be none
    except ValueError:
        return urlsplit("")
    return split


def _project(split: SplitResult) -> str:
    return split.path.rstrip("/").rpartition("/")[2]


def _endpoint(split: SplitResult) -> str:
    prefix = split.path.rstrip("/").rpartition("/")[0]
    host = split.netloc.rpartition("@")[2]
    return f"{split.scheme}://{host}{prefix}/api/{_project(split)}/envelope/"
