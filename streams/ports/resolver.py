"""Names to addresses: one resolver for HTTP and probes, with its own threads and a short memory."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from aiohttp.abc import AbstractResolver, ResolveResult

from streams.ports.addresses import Blocked, is_public, literal

KEEP = 60.0  # seconds; getaddrinfo hides the record's own life
KEPT = 50_000


class Unresolved(OSError):
    """The name has no address of this family; `passing` where the name server itself did not answer."""

    def __init__(self, host: str, detail: str, passing: bool = False) -> None:
        """Name the host and what the resolver said."""
        super().__init__(f"{host}: {detail}")
        self.passing = passing


class Resolver(Protocol):
    """Resolves a name in one address family (socket.AF_INET or AF_INET6)."""

    async def resolve(self, host: str, family: int) -> list[str]:
        """The addresses, at least one; raises `Unresolved`."""
        ...


class SystemResolver:
    """The machine's own resolver (hosts file and name servers), by getaddrinfo.

    It has threads of its own: a few dead name servers would otherwise hold up all who share the loop's small pool.
    Concurrent questions for one name are asked once, answers are kept for a minute, failures are not kept.
    """

    def __init__(self, threads: int = 64) -> None:
        """At most `threads` questions at once; the threads start when needed."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="resolver")
        self._kept: OrderedDict[tuple[str, int], tuple[float, list[str]]] = OrderedDict()
        self._asked: dict[tuple[str, int], asyncio.Task[list[str]]] = {}

    async def resolve(self, host: str, family: int) -> list[str]:
        """The addresses, in the system's order of preference."""
        key, loop = (host, family), asyncio.get_running_loop()
        until, addresses = self._kept.get(key, (0.0, []))
        if addresses and loop.time() < until:
            return addresses
        asking = self._asked.get(key)
        if asking is None:
            asking = self._asked[key] = loop.create_task(self._ask(key))
            asking.add_done_callback(lambda task: self._answered(key, task))
        return await asyncio.shield(asking)  # one who gives up must not take the others' answer with him

    async def _ask(self, key: tuple[str, int]) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._pool, _getaddrinfo, *key)
        except socket.gaierror as error:
            passing = error.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM)
            raise Unresolved(key[0], str(error.strerror or error), passing) from error
        except (OSError, UnicodeError) as error:
            raise Unresolved(key[0], str(error)) from error
        self._kept[key] = (loop.time() + KEEP, found)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def _answered(self, key: tuple[str, int], task: asyncio.Task[list[str]]) -> None:
        self._asked.pop(key, None)
        if not task.cancelled():
            task.exception()  # looked at, so that a failure nobody waits for any more is not logged as lost

    def close(self) -> None:
        """Let the threads go; questions under way are not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str, family: int) -> list[str]:
    if "\0" in host:
        raise UnicodeError("a name with a NUL in it")  # the C library would resolve what stands before it
    found = socket.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


async def addresses(resolver: Resolver, host: str, family: int) -> list[str]:
    """The addresses of a name or of a literal address, in one family; raises `Unresolved`."""
    address = literal(host)
    if address is None:
        return await resolver.resolve(host, family)
    if (":" in address) != (family == socket.AF_INET6):
        raise Unresolved(host, "an address of the other family")
    return [address]


class Guarded(AbstractResolver):
    """aiohttp's view of a resolver. Without `private` a name with any address that is not public is refused whole.

    aiohttp connects to exactly the addresses that are returned here, so a name cannot be rebound in between.
    """

    def __init__(self, resolver: Resolver, private: bool) -> None:
        """Ask `resolver`; let private addresses through only if `private`."""
        self._resolver = resolver
        self._private = private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Both families' addresses; raises `Unresolved` if there are none, `Blocked` if one must not be reached."""
        families = (socket.AF_INET, socket.AF_INET6) if family == socket.AF_UNSPEC else (family,)
        answers = await asyncio.gather(*(self._of(host, one) for one in families))
        found = [
            (one, address)
            for one, got in zip(families, answers, strict=True)
            if not isinstance(got, Unresolved)
            for address in got
        ]
        if not found:
            raise next(got for got in answers if isinstance(got, Unresolved))
        if not self._private:
            refuse_private(host, [address for _, address in found])
        return [
            ResolveResult(hostname=host, host=address, port=port, family=one, proto=0, flags=socket.AI_NUMERICHOST)
            for one, address in found
        ]

    async def _of(self, host: str, family: int) -> list[str] | Unresolved:
        try:
            return await self._resolver.resolve(host, family)
        except Unresolved as error:
            return error

    async def close(self) -> None:
        """Nothing: the resolver is shared and not ours."""


def refuse_private(host: str, found: list[str]) -> None:
    """Raise `Blocked` on the first address that is not public."""
    for address in found:
        if not is_public(address):
            raise Blocked(host, address)
