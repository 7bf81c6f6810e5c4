"""`zhiban evidence`: the recorded response that a finding cites, as a document and on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import Console

from alerts.wording import local, masked
from connectors._charset import decode
from streams.connectors import Response
from streams.ports.warc import Taken
from zhiban.words import say

SHOWN = 3000  # characters of a body that a screen shows


def evidence_document(finding: str, cited: str, taken: Taken) -> dict[str, Any]:
    """The document of `evidence --json`: where and when it was asked for, and what came, without its body."""
    answer, size = taken.answer, 0
    if isinstance(answer, Response):
        answer, size = msgspec.structs.replace(answer, body=b""), len(answer.body)
    document = {"finding": finding, "evidence": cited, "url": taken.url, "asked_at": taken.asked_at}
    return document | {"answer": type(answer).__name__.lower(), "bytes": size, "detail": masked(str(answer))[:500]}


def print_evidence(document: Mapping[str, Any], taken: Taken, console: Console, *, body: bool) -> None:
    """The document, and the beginning of the `body`, in its own charset and without personal numbers."""
    answer = taken.answer
    shown = {**document, "asked_at": local(taken.asked_at), "answer": say(f"answer.{document['answer']}")}
    if isinstance(answer, Response):
        shown["detail"] = f"HTTP {answer.status} {answer.headers.get('content-type', '')}"
    for name, value in shown.items():
        line = say("because", what=say(f"evidence.{name}"), why=value)
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if body and isinstance(answer, Response) and answer.body:
        text = decode(answer.body, answer.headers).text
        console.print(masked(text)[:SHOWN], highlight=False, markup=False, soft_wrap=True)
