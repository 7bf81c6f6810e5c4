"""The OpenAPI 3.1 document, made from what was declared."""

from __future__ import annotations

from typing import Any

import msgspec

from zhiban.api.declared import OPERATIONS, ROOT, Operation, Parameter
from zhiban.api.problems import MEDIA_TYPE, Details

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


def document(version: str) -> dict[str, Any]:
    """The whole of it; `version` is ours."""
    schemas, components = msgspec.json.schema_components([*_answers(), Details], ref_template=_REF)
    shapes = dict(zip([*_answers(), Details], schemas, strict=True))
    paths = {operation.path: {operation.method: _operation(operation, shapes)} for operation in OPERATIONS}
    return {
        "openapi": "3.1.0",
        "info": {"title": "值班 Zhiban", "version": version, "summary": "What is known, for programs. Read-only."},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths | {f"{ROOT}/openapi.json": {"get": _itself()}},
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {code: _problem(text, shapes[Details]) for code, text in _SAID.items()},
        },
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
