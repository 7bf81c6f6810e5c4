"""`zhiban try`: what Zhiban sees at an address or in a file, without storing anything."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from alerts.wording import masked
from connectors._sniff import sniff
from streams.connectors import Answer, Connector, Conversation, Cursor, Failure, Fetch, Reading, Response
from streams.days import SHANGHAI
from streams.looks import Item, Opening, Shown
from streams.messages import Case, Deed
from streams.ports.clock import Clock, SystemClock
from streams.subjects import Source
from zhiban.commands.screen import outcome_in_words, screen, table
from zhiban.config import Config, load_config
from zhiban.ways import Ways, build_connectors, no_evidence, to_json
from zhiban.wiring import load_pack
from zhiban.words import configure, say

BOUND = 20_000_000  # bytes of a file


async def try_all(
    targets: Sequence[str], connector: str, base_url: str, clock: Clock, config: Config, folder: Path = Path()
) -> list[dict[str, Any]]:
    """One look at each target, which is a URL or a file; the `looks` of `try --json`."""
    messages = load_pack(config.watch.pack, folder).messages
    connectors = build_connectors(config.connectors, "zhiban.toml", folder, messages)
    ways = Ways(config, clock, no_evidence())
    try:
        return [await _try(target, connector, base_url, clock, connectors, ways) for target in targets]
    finally:
        await ways.aclose()


async def _try(
    target: str, wanted: str, base_url: str, clock: Clock, connectors: dict[str, Connector], ways: Ways
) -> dict[str, Any]:
    now = clock.now()
    posted = urlsplit(target).scheme in {"imap", "imaps"}
    online = posted or urlsplit(target).scheme in {"http", "https"}
    answer: Answer | None
    if posted:
        wanted, answer = "mailbox", None
    elif not online:
        answer = _from_file(target, base_url)
    elif wanted == "probe":
        answer = None  # a probe asks for itself
    else:
        answer = await ways.http.fetch(Fetch(url=target))
    name = wanted or (sniff(answer) if isinstance(answer, Response) else "column")
    source = Source(id="try", subject="try", connector=name, url=target if online else base_url or _file_url(target))
    conversation = connectors[name].look(source, Cursor(), now)
    reading = await _held(conversation, answer, ways, online=online)
    return _document(target, name, reading)


async def _held(conversation: Conversation, first: Answer | None, ways: Ways, *, online: bool) -> Reading:
    """Answer the first request with what was fetched already, and later ones over the ways out, if there are any."""
    answer = first
    try:
        request = next(conversation)
        while True:
            if answer is None:
                if not online:
                    answer = Failure(cause="protocol", detail="a file has no more pages")
                else:
                    answer = await ways.ask(request)
            request = conversation.send(answer)
            answer = None
    except StopIteration as ended:
        reading: Reading = ended.value
        return reading


def _from_file(target: str, base_url: str) -> Response | Failure:
    try:
        with Path(target).open("rb") as handle:
            body = handle.read(BOUND + 1)
    except OSError as error:
        return Failure(cause="protocol", detail=f"{target}: {error.strerror}")
    if len(body) > BOUND:
        return Failure(cause="too_large", detail=f"{target}: over {BOUND} bytes")
    return Response(status=200, body=body, url=base_url or _file_url(target))


def _file_url(target: str) -> str:
    return Path(target).absolute().as_uri()


def _document(target: str, connector: str, reading: Reading) -> dict[str, Any]:
    level = reading.level
    document: dict[str, Any] = {
        "target": target,
        "connector": connector,
        "outcome": reading.outcome.value,
        "cause": reading.cause,
        "detail": masked(reading.detail),
        "newest": level.newest.isoformat() if isinstance(level, Shown) and level.newest else None,
        "items": [_item(item) for item in reading.items or ()],
    }
    if isinstance(level, Shown):
        document |= {"count": level.count, "undated": level.undated, "name": masked(level.name)}
        document |= {"notice": masked(level.notice)}
        document |= {"future": [day.isoformat() for day in level.future], "ancient": level.ancient}
    if isinstance(level, Opening):
        document["opening"] = level
    if connector == "mailbox":
        document |= {"items": [], "messages": _messages(reading)}
    return document


def _messages(reading: Reading) -> list[dict[str, Any]]:
    """What a mailbox tells of each message: times and the last that happened to it; no title, no name."""
    cases: dict[str, Case] = {}
    for event in reading.events:
        cases[event.message] = cases.get(event.message, Case(event.message)).told([event])
    waiting = reading.level.waiting or () if isinstance(reading.level, Shown) else ()
    return [_message(case, "waiting" if case.id in waiting else _ended(case)) for case in cases.values()]


def _ended(case: Case) -> str:
    left = case.left.deed if case.left is not None else None
    return (left or (Deed.ANSWERED if case.answered_at is not None else Deed.RECEIVED)).value


def _message(case: Case, status: str) -> dict[str, Any]:
    at, about = (case.received_at, case.answered_at), case.about
    times = [moment.astimezone(SHANGHAI).isoformat() if moment is not None else None for moment in at]
    named = {
        "channel": masked(about.channel),
        "category": masked(about.category),
        "unit": masked("、".join(about.units)),
    }
    return {"id": case.id, "asked_at": times[0], "answered_at": times[1], "status": status, **named}


def _item(item: Item) -> dict[str, Any]:
    """An item without personal numbers, though the page shows them: what is printed is pasted and passed on."""
    return {"title": masked(item.title), "url": item.url or None, "published_at": published(item)}


def published(item: Item) -> str | None:
    """When an item says that it was published: with its clock time where it shows one, else the day alone."""
    if item.at is not None:
        return item.at.astimezone(SHANGHAI).isoformat()
    return item.day.isoformat() if item.day is not None else None


def print_tried(looks: Sequence[dict[str, Any]], console: Console) -> None:
    """The looks as tables."""
    for look in looks:
        outcome = outcome_in_words(look["outcome"], look["cause"])
        line = f"[bold]{escape(look['target'])}[/]  {look['connector']}  {outcome}"
        console.print(line, highlight=False, soft_wrap=True)
        if look["detail"]:
            console.print(f"  {look['detail']}", style="dim", highlight=False, markup=False)
        if "opening" in look:
            console.print(f"  {look['opening']}", highlight=False, markup=False)
        if look.get("messages"):
            console.print(_letters(look["messages"]))
        if look["items"] or look.get("messages"):
            if look["items"]:
                console.print(_table(look["items"]))
            console.print(f"  {_count(look)}", highlight=False)


def _count(look: dict[str, Any]) -> str:
    newest = look["newest"] or say("no_date")
    return say("listed", count=look["count"], newest=newest, undated=look["undated"])


def _table(items: Sequence[dict[str, Any]]) -> Table:
    shown = table("day", "title", "url")
    for item in items[:50]:
        day = (item["published_at"] or "—")[:16].replace("T", " ")
        shown.add_row(day, escape(item["title"]), escape(item["url"] or ""))
    return shown


def _letters(messages: Sequence[dict[str, Any]]) -> Table:
    shown = table("id", "asked", "answered", "status", "unit")
    for one in messages[:50]:
        times = [(one[name] or "—")[:16].replace("T", " ") for name in ("asked_at", "answered_at")]
        shown.add_row(escape(one["id"]), *times, say(f"deed.{one['status']}"), escape(one["unit"]))
    return shown


def when(text: str) -> datetime:
    """A time as given on the command line: ISO 8601; without an offset it is Shanghai's. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(say("bad.time", found=text)) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)


def try_command(targets: Sequence[str], connector: str, base_url: str, folder: Path, *, json: bool) -> int:
    """`zhiban try`; a configuration in `folder` is heeded, none is needed."""
    if not targets:
        raise ValueError(say("bad.targets"))
    where = folder / "zhiban.toml"
    config = load_config(where) if where.is_file() else Config()
    configure(config.watch.language)
    looks = asyncio.run(try_all(targets, connector, base_url, SystemClock(), config, folder))
    if json:
        sys.stdout.write(to_json({"looks": looks}) + "\n")
    else:
        print_tried(looks, screen())
    return 0
