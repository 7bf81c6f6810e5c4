"""`POST /api/v1/replies`: what a gateway pushes of replies to texts. A code acknowledges; the same again does nothing.

Gateways name their fields as they like (`[web] reply_fields` says how), send JSON or a form, one reply or many, and
some cannot send a header: the token may stand in the query.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

import anyio
import anyio.to_thread
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.marks import Refused, refuse_left
from streams.ports.store.opening import is_away
from zhiban.api.intake import Rate, body_of, decoded
from zhiban.api.problems import Problem
from zhiban.config import Web
from zhiban.taps.answering import take
from zhiban.words import Name, speaking

log = logging.getLogger(__name__)
PATH = "/api/v1/replies"
MANY = 200  # replies in one request
LONGEST = 500  # characters of a field
FORM = "application/x-www-form-urlencoded"


class Reply(msgspec.Struct, frozen=True):
    """A reply: from which number, what it says, and the gateway's own id of it (empty: none)."""

    number: str
    text: str
    id: str = ""


Body = Reply | list[Reply]


class Counted(msgspec.Struct, frozen=True):
    """What came of a request. The first four say to gateways, in their own ways, that all is well."""

    code: int = 0
    msg: str = "OK"
    result: int = 0
    errmsg: str = "OK"
    replies: int = 0
    acknowledged: int = 0  # matters that are acknowledged by it
    known: int = 0  # that were before, or are over
    unknown: int = 0  # replies that name nothing that is open


class Replies:
    """Takes replies into one store's log."""

    def __init__(self, store: Store, clock: Clock, web: Web, name: Name, rate: Rate | None = None) -> None:
        """As `web` says; problems are told in the language `name`."""
        self._store, self._clock, self._name = store, clock, name
        self._fields = {ours: web.reply_fields.get(ours, ours) for ours in Reply.__struct_fields__}
        self._token = _digest(web.replies_token.reveal()) if web.replies_token else b""
        self._rate = rate or Rate(20, 100)
        self._threads = anyio.CapacityLimiter(1)

    def route(self) -> BaseRoute:
        """Where it is; before the rest of the API, for its token is another and may stand in the query."""
        return Route(PATH, self._answer, methods=["POST"])

    async def _answer(self, request: Request) -> Response:
        with speaking(self._name):
            try:
                self._check(request)
                self._rate.take()
                replies = replies_of(await _given(request), self._fields)
                work = functools.partial(self.take, replies)
                counted = await anyio.to_thread.run_sync(work, limiter=self._threads)
            except Problem as problem:
                return problem.response()
        return Response(msgspec.json.encode(counted), media_type="application/json")

    def _check(self, request: Request) -> None:
        if not self._token:
            raise Problem("no_replies", 404)
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        given = told.strip() if scheme.lower() == "bearer" else request.query_params.get("token", "")
        if not hmac.compare_digest(_digest(given), self._token):
            raise Problem("no_replies_token", 401, headers={"WWW-Authenticate": 'Bearer realm="zhiban"'})

    def take(self, replies: Sequence[Reply]) -> Counted:
        """Acknowledge what they name, each in a transaction of its own; raises Problem where the database is away."""
        try:
            found = [self._take(reply) for reply in replies]
        except Refused as error:
            raise Problem("moved", 503, found=error.key) from None
        except Exception as error:
            if is_away(error):
                raise Problem("away", 503, headers={"Retry-After": "5"}) from error
            raise
        named = [one for one in found if one is not None]
        if len(named) < len(found):
            log.info("%s replies name nothing that is open", len(found) - len(named))
        return Counted(
            replies=len(found),
            acknowledged=sum(one[0] for one in named),
            known=sum(one[1] for one in named),
            unknown=len(found) - len(named),
        )

    def _take(self, reply: Reply) -> tuple[int, int] | None:
        with self._store.write() as tx:
            refuse_left(tx)
            taken = take(tx, reply.number, reply.text, reply.id, self._clock.now())
        return None if taken is None else (taken.acknowledged, taken.known)


def replies_of(given: Any, fields: dict[str, str]) -> list[Reply]:
    """The replies of a decoded body; raises Problem that names the field, not what stood in it."""
    many = given if isinstance(given, list) else [given]
    if not 1 <= len(many) <= MANY:
        raise Problem("too_many", 422, found=len(many), expected=f"1-{MANY}")
    return [_reply(index, one, fields) for index, one in enumerate(many)]


def _reply(index: int, given: Any, fields: dict[str, str]) -> Reply:
    if not isinstance(given, dict):
        raise Problem("bad_field", 422, index=index, field="", found=type(given).__name__, expected="object")
    values = {ours: given.get(theirs, "") for ours, theirs in fields.items()}
    for ours, value in values.items():
        needed = ours == "number" and not str(value)
        if needed or not isinstance(value, str | int) or len(str(value)) > LONGEST:
            found = type(value).__name__ if not isinstance(value, str) else str(len(value))
            raise Problem("bad_field", 422, index=index, field=fields[ours], found=found, expected=f"1-{LONGEST}")
    return Reply(**{ours: str(value) for ours, value in values.items()})


async def _given(request: Request) -> Any:
    """The decoded body, of a form or of JSON, whatever it calls itself."""
    body = await body_of(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return decoded(body)
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise Problem("bad_json", 400, found=type(error).__name__, expected="UTF-8") from None
    return {name: values[-1] for name, values in found.items()}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
