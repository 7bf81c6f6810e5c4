"""From a query string to a question, by what was declared; whatever is not declared is refused by name."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from zhiban.api.declared import Operation, Parameter, Question
from zhiban.api.problems import Problem

LONGEST = 12_000  # bytes of a query string: every question that is within its bounds has room


def question_of(operation: Operation, query: bytes) -> Question:
    """What was asked; raises Problem that names the parameter, what was found and what was expected."""
    if len(query) > LONGEST:
        raise Problem("long_query", 414, found=len(query), expected=LONGEST)
    declared = {parameter.name: parameter for parameter in operation.parameters}
    values: dict[str, Any] = {}
    for name, text in _pairs(query):
        if name not in declared:
            raise Problem("no_parameter", 400, parameter=name, found=name, expected=", ".join(declared))
        if name in values:
            raise Problem("twice", 400, parameter=name, found=text, expected=declared[name].name)
        values[name] = _value(declared[name], text)
    return Question(**values)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        text = query.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=20)
    except ValueError:  # UnicodeDecodeError is one
        found = query.decode("ascii", "replace")
        raise Problem("bad_query", 400, found=found, expected="NAME=VALUE&…, UTF-8, percent-encoded") from None


def _value(parameter: Parameter, text: str) -> Any:
    try:
        return parameter.kind.read(text)
    except ValueError as error:
        raise Problem("bad_parameter", 400, parameter=parameter.name, found=text, expected=str(error)) from None
