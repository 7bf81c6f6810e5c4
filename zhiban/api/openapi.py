"""The OpenAPI 3.1 document, made from what was declared."""

from __future__ import annotations

from typing import Any

import msgspec

from zhiban.api.declared import OPERATIONS, PUSH, ROOT, Operation, Parameter
from zhiban.api.examples import EXAMPLES, TAKEN
from zhiban.api.intake import MOST, RATE
from zhiban.api.problems import MEDIA_TYPE, Details
from zhiban.api.pushed import MESSAGES
from zhiban.taps.replies import FORM, Body, Counted, Reply
from zhiban.taps.replies import PATH as REPLIES

_REF = "#/components/schemas/{name}"
_SAID = {
    "400": "A parameter is not as declared.",
    "401": "No token, or not the right one.",
    "404": "Nothing is there, or the API is not switched on.",
    "409": "`at` is not before the watermark: not everything is known of it yet.",
    "414": "The query is too long.",
    "421": "Asked by a name that is not ours.",
    "429": "Too many different moments of the past at once; `Retry-After` says when.",
    "503": "No tick has been settled yet.",
}

# Of pushes; where a code says something else than of a question, the response has a name of its own.
_SAID_OF_PUSHES = {
    "push_400": "The body is no JSON, or says something twice. Nothing was taken.",
    "403": "The token is one that reads.",
    "push_404": "The mailbox is not in the registry, or pushing is not switched on.",
    "405": "Another method is expected.",
    "408": "The body did not come in time.",
    "push_409": "A message contradicts what is known of it (another time of asking, a deed before the question), or its"
    " mailbox does not push. `index`, `field`, `found` and `expected` say which. Nothing was taken.",
    "413": "The body is too large.",
    "415": "The body is not said to be JSON.",
    "422": "A field is not as declared, or is not declared. Nothing was taken.",
    "push_429": "Too many requests; `Retry-After` says when.",
    "push_503": "The database is away; send the same again.",
}
_SHARED = frozenset({"401", "421"})


def document(version: str) -> dict[str, Any]:
    """The whole of it; `version` is ours."""
    types = [*_answers(), PUSH.body, PUSH.answer, Body, Reply, Counted, Details]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    shapes = dict(zip(types, schemas, strict=True))
    paths = {operation.path: {operation.method: _operation(operation, shapes)} for operation in OPERATIONS}
    paths[PUSH.path] = {PUSH.method: _push(shapes)}
    paths[REPLIES] = {"post": _replies(shapes)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "值班 Zhiban",
            "version": version,
            "summary": "What is known, for programs; and citizens' messages, pushed.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths | {f"{ROOT}/openapi.json": {"get": _itself()}},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`[web] token`: it reads."},
                "write_token": {"type": "http", "scheme": "bearer", "description": "`[web] write_token`: it pushes."},
                "replies_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`[web] replies_token`: it tells of replies to texts; `?token=` does as well.",
                },
            },
            "responses": {code: _problem(text, shapes[Details]) for code, text in (_SAID | _SAID_OF_PUSHES).items()},
        },
    }


def _push(shapes: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    answer = {
        "description": "Taken: all of it is safe in the log.",
        "content": {"application/json": {"schema": shapes[PUSH.answer], "example": TAKEN}},
    }
    examples = {name: {"value": value} for name, value in EXAMPLES.items()}
    content = {"application/json": {"schema": shapes[PUSH.body], "examples": examples}}
    names = sorted(_SAID_OF_PUSHES.keys() | _SHARED)
    problems = {name.removeprefix("push_"): {"$ref": f"#/components/responses/{name}"} for name in names}
    return {
        "operationId": "push_messages",
        "summary": PUSH.about,
        "description": f"At most {MESSAGES} messages and {MOST} bytes, {RATE:.0f} requests a second.",
        "security": [{"write_token": []}],
        "requestBody": {"required": True, "content": content},
        "responses": {"202": answer} | problems,
    }


def _replies(shapes: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    answer = {
        "description": "Taken: what the codes named is acknowledged. The same again changes nothing.",
        "content": {"application/json": {"schema": shapes[Counted]}},
    }
    content = {"application/json": {"schema": shapes[Body]}, FORM: {"schema": shapes[Reply]}}
    names = ["push_400", "401", "push_404", "408", "413", "422", "push_429", "push_503"]
    problems = {name.removeprefix("push_"): {"$ref": f"#/components/responses/{name}"} for name in names}
    return {
        "operationId": "push_replies",
        "summary": "Tell of replies to texts: a code acknowledges its letter.",
        "description": "Fields are named as `[web] reply_fields` says; others are passed over.",
        "security": [{"replies_token": []}],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": answer} | problems,
    }


def _answers() -> list[type]:
    return [operation.answer for operation in OPERATIONS]


def _operation(operation: Operation, shapes: dict[type, dict[str, Any]]) -> dict[str, Any]:
    etag = {"ETag": {"schema": {"type": "string"}, "description": "Give it back in `If-None-Match`."}}
    answer = {
        "description": "A page.",
        "headers": etag,
        "content": {"application/json": {"schema": shapes[operation.answer]}},
    }
    responses = {"200": answer, "304": {"description": "As before.", "headers": etag}}
    return {
        "operationId": operation.name,
        "summary": operation.about,
        "parameters": [_parameter(one) for one in operation.parameters],
        "responses": responses | _problems(),
    }


def _itself() -> dict[str, Any]:
    answer = {"description": "This document.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"operationId": "openapi", "summary": "This document.", "responses": {"200": answer} | _problems()}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.about,
        "schema": parameter.kind.schema(),
    }


def _problems() -> dict[str, Any]:
    return {code: {"$ref": f"#/components/responses/{code}"} for code in _SAID}


def _problem(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}
