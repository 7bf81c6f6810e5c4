"""/healthz and /metrics, and whatever is put beside them; on loopback by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from streams.ports.clock import Clock
from streams.ports.store import Store
from zhiban.metrics import Metrics

STALLED = timedelta(minutes=15)  # three ticks late: the engine does not move


class Condition:
    """What holds the watch up, as far as the store cannot tell."""

    def __init__(self, failing: Callable[[], Mapping[str, BaseException]] = dict) -> None:
        """Nothing does but what `failing` tells: the loops whose last round failed, and how."""
        self._said, self._failing = "", failing

    @property
    def fault(self) -> str:
        """It in words, or ""."""
        return self._said or "; ".join(f"{loop}: {in_words(error)}" for loop, error in sorted(self._failing().items()))

    def say(self, fault: str) -> None:
        """Take note of what does so now; "": nothing does any more."""
        self._said = fault


def serve_vitals(metrics: Metrics, fault: Callable[[], str]) -> Starlette:
    """/healthz (`fault` in words, or "") and /metrics, and nothing else."""
    return Starlette(routes=vital_routes(metrics, fault))


def vital_routes(metrics: Metrics, fault: Callable[[], str]) -> list[BaseRoute]:
    """How it goes, and how it stands: for a health check, and for Prometheus."""

    async def healthz(_request: Request) -> Response:
        found = await run_in_threadpool(fault)
        return JSONResponse({"ok": not found, "fault": found}, status_code=503 if found else 200)

    async def scrape(_request: Request) -> Response:
        text = await run_in_threadpool(generate_latest, metrics.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/metrics", scrape)]


def build_web(
    store: Store, clock: Clock, metrics: Metrics, condition: Condition | None = None, more: Sequence[BaseRoute] = ()
) -> Starlette:
    """The application, with `more` beside its vital signs. It reads, and changes nothing."""
    held_up = condition or Condition()
    vital = vital_routes(metrics, lambda: held_up.fault or health_fault(store, clock))
    return Starlette(routes=[*vital, *more])


def in_words(error: BaseException) -> str:
    """What the disk or the database says; of anything else its kind alone, for its words may hold what is nobody's."""
    if isinstance(error, BaseExceptionGroup):
        return in_words(error.exceptions[0])
    said = getattr(error, "orig", None) or error
    plain = said is not error or isinstance(error, OSError)
    return f"{type(error).__name__}: {' '.join(str(said).split())[:200]}" if plain else type(error).__name__


def health_fault(store: Store, clock: Clock) -> str:
    """What is wrong with the monitor, in words, or ""."""
    try:
        with store.read() as tx:
            watermark = tx.watermark()
    except Exception as error:
        return f"store: {type(error).__name__}"
    if watermark is None:
        return "no tick yet"
    late = clock.now() - watermark
    return f"no tick settled for {late}" if late > STALLED else ""
