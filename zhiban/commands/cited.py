"""`zhiban evidence`: the recorded response that a finding cites, as a document and on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import Console

from alerts.wording import masked
from connectors._charset import decode
from streams.connectors import Response
from streams.ports.warc import Taken

SHOWN = 3000  # characters of a body that a screen shows


def evidence_document(finding: str, cited: str, taken: Taken) -> dict[str, Any]:
    """The document of `evidence --json`: where and when it was asked for, and what came, without its body."""
    answer, size = taken.answer, 0
    if isinstance(answer, Response):
        answer, size = msgspec.structs.replace(answer, body=b""), len(answer.body)
    document = {"finding": finding, "evidence": cited, "url": taken.url, "asked_at": taken.asked_at}
    return document | {"answer": type(answer).__name__.lower(), "bytes": size, "detail": masked(str(answer)[:500])}


def print_evidence(document: Mapping[str, Any], taken: Taken, console: Console, *, body: bool) -> None:
    """The document, and the beginning of the `body`, in its own charset and without personal numbers."""
    for name, value in document.items():
        console.print(f"{name}: {value}", highlight=False, markup=False)
    answer = taken.answer
    if body and isinstance(answer, Response) and answer.body:
        text = decode(answer.body, answer.headers).text
        console.print(masked(text[:SHOWN]), highlight=False, markup=False)
