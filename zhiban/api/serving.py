"""The API over HTTP: who may ask, what is asked, and whether anything has changed since."""

from __future__ import annotations

import functools
import hashlib
import logging
import math
from collections.abc import Callable
from datetime import datetime

import anyio.to_thread
import msgspec
from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from alerts.view import iso
from zhiban.api.answers import Answers
from zhiban.api.asked import question_of
from zhiban.api.declared import OPERATIONS, PUSH, ROOT, Operation, Question
from zhiban.api.folded import Busy, Folded
from zhiban.api.intake import Rate, json_of
from zhiban.api.openapi import document
from zhiban.api.problems import Problem
from zhiban.api.pushed import messages_of
from zhiban.api.taking import Intake
from zhiban.api.warden import Warden
from zhiban.config import Web
from zhiban.words import Name

log = logging.getLogger(__name__)
AT_ONCE = 4  # threads: those who wait for a fold must not hold up /healthz


@functools.cache  # made when it is first asked for, which few ever do
def _described(version: str) -> bytes:
    return msgspec.json.encode(document(version))


class Api:
    """Everything under `/api`, of one store."""

    def __init__(self, folded: Folded, messages: Intake, *, version: str, rules: str, rate: Rate | None = None) -> None:
        """`version` is the program's, `rules` the rules': an answer that another made is not the same. Messages that
        are pushed go to `messages`, no faster than `rate`."""
        self._folded, self._answers = folded, Answers(folded)
        self._messages, self._rate = messages, rate or Rate()
        self._writers = CapacityLimiter(AT_ONCE)
        self._made_by = f"{version}/{rules}/{folded.language.name}"
        self._version = version
        self._threads = CapacityLimiter(AT_ONCE)

    def mounted(self, settings: Web, language: Name) -> BaseRoute:
        """The route of all of it, behind its warden; problems are told in `language`."""
        routes = [Route(one.path.removeprefix("/api"), self._answering(one)) for one in OPERATIONS]
        routes.append(Route(PUSH.path.removeprefix("/api"), self._push, methods=["POST"]))
        routes.append(Route(f"{ROOT}/openapi.json".removeprefix("/api"), self._described))
        handlers = {Problem: _told, HTTPException: _not_here, Exception: _broken}
        inside = Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]
        return Mount("/api", app=Warden(inside, settings, language))

    async def _described(self, _request: Request) -> Response:
        return Response(_described(self._version), media_type="application/json")

    def _answering(self, operation: Operation) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            question = question_of(operation, request.scope["query_string"])
            return await self._in_a_thread(functools.partial(self._answer, operation, question, request))

        return answer

    async def _push(self, request: Request) -> Response:
        self._rate.take()
        messages = messages_of(await json_of(request))
        work = functools.partial(self._messages.take, messages)
        taken = await anyio.to_thread.run_sync(work, limiter=self._writers)
        return Response(msgspec.json.encode(taken), 202, media_type="application/json")

    async def _in_a_thread(self, work: Callable[[], Response]) -> Response:
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    def _answer(self, operation: Operation, question: Question, request: Request) -> Response:
        """The document; or that it is as before, which costs one small question to the database."""
        watermark = self._known(question)
        etag = self._etag(operation, question, watermark)
        if _is_known(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers={"ETag": etag})
        try:
            made = self._answers.document(operation, question)
        except Busy as busy:
            seconds = str(math.ceil(busy.seconds))
            raise Problem("busy", 429, headers={"Retry-After": seconds}, expected=seconds) from None
        if question.at is None and made["at"] != iso(watermark):  # it moved meanwhile: what was made is newer
            etag = self._etag(operation, question, datetime.fromisoformat(made["at"]))
        headers = {"ETag": etag} | ({"Link": f'<{made["next"]}>; rel="next"'} if made["next"] else {})
        return Response(msgspec.json.encode(made), headers=headers, media_type="application/json")

    def _known(self, question: Question) -> datetime:
        watermark = self._folded.watermark()
        if watermark is None:
            raise Problem("no_tick", 503, headers={"Retry-After": "10"})
        if question.at is not None and question.at >= watermark:
            raise Problem("not_yet", 409, parameter="at", found=iso(question.at), expected=iso(watermark))
        return watermark

    def _etag(self, operation: Operation, question: Question, watermark: datetime) -> str:
        at = question.at or watermark
        told = msgspec.json.encode([self._made_by, operation.name, at, question], order="deterministic")
        return f'"{hashlib.blake2b(told, digest_size=12).hexdigest()}"'


def _is_known(given: str, etag: str) -> bool:
    return given.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in given.split(",")}


async def _told(_request: Request, problem: Problem) -> Response:
    return problem.response()


async def _not_here(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "GET, HEAD").split(", ")))
        expected = "POST" if allowed == "POST" else "GET"
        return Problem("no_method", 405, headers={"Allow": allowed}, found=request.method, expected=expected).response()
    return Problem("nothing_here", 404, found=request.url.path, expected=f"{ROOT}/openapi.json").response()


async def _broken(_request: Request, error: Exception) -> Response:
    log.error("the API failed", exc_info=error)
    return Problem("broken", 500).response()
