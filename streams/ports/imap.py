"""Mail servers (IMAP4rev1, RFC 3501): which letters came and which were answered, by their headers. Never a text.

Folders are opened with EXAMINE, so that nothing is changed, not even a flag. Only these header fields are asked for:
Message-ID, In-Reply-To, References, and the marks of machines and lists; ids leave as hashes.
"""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from streams.accounts import MailAccount
from streams.connectors import Envelope, Envelopes, Failure, Letters
from streams.ports.addresses import Blocked, listed
from streams.ports.envelopes import envelope, folders_in, letters_in, search_day, wire_name
from streams.ports.http import WebSettings
from streams.ports.resolver import Resolver, SystemResolver, Unresolved, addresses, refuse_private
from streams.ports.transports import tls_context

PORTS = {"imaps": 993, "imap": 143}
CHUNK = 200  # letters in one FETCH
AT_ONCE = 4  # servers
FIELDS = "MESSAGE-ID IN-REPLY-TO REFERENCES AUTO-SUBMITTED LIST-ID PRECEDENCE"
SENT = ("Sent", "Sent Messages", "Sent Items", "INBOX.Sent", "&XfJT0ZAB-")  # the last is 已发送


class MailPort(Protocol):
    """Reads mailboxes. Never raises for what a peer does."""

    async def read(self, request: Letters) -> Envelopes | Failure:
        """The letters, or why there are none."""
        ...


class ImapPort:
    """`MailPort` over the standard library's client, in a thread; the whole of a look within its seconds."""

    def __init__(
        self,
        accounts: Mapping[str, MailAccount],
        settings: WebSettings | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        """`accounts` by a mailbox's address, or by its host."""
        self._accounts = accounts
        self._settings = settings or WebSettings()
        self._resolver = resolver or SystemResolver()
        # Threads of our own: slow servers must not take those by which the store is written.
        self._threads = ThreadPoolExecutor(AT_ONCE, "zhiban-imap")
        self._places = asyncio.Semaphore(AT_ONCE)

    async def read(self, request: Letters) -> Envelopes | Failure:
        """The letters; a time-out cuts the connection, so that no thread is left hanging."""
        url = urlsplit(request.url)
        host = url.hostname or ""
        account = self._accounts.get(request.url) or self._accounts.get(host)
        if url.scheme not in PORTS or not host or account is None:
            detail = f"{host or request.url}: no account in [imap]" if host else "not an imaps:// address"
            return Failure(cause="protocol", detail=detail)
        try:
            address = await self._address(host)
        except Unresolved as error:
            return Failure(cause="dns", detail=str(error))
        except Blocked as error:
            return Failure(cause="blocked", detail=str(error))
        visit = _Visit(request, url, account, address, tls_context(self._settings.authorities))
        async with self._places:
            return await visit.made(self._threads)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _address(self, host: str) -> str:
        found: list[str] = []
        for family in (socket.AF_INET, socket.AF_INET6):
            with contextlib.suppress(Unresolved):
                found += await addresses(self._resolver, host, family)
        if not found:
            raise Unresolved(host, "no address")
        if not listed(host, self._settings.allow_private):
            refuse_private(host, found)
        return found[0]


NO_MAIL = ImapPort({})


class _Refused(Exception):
    """The server, or what it holds, does not let us go on, as (cause, detail)."""


class _Visit:
    """One look at a mailbox, in a thread of its own, that can be cut from outside."""

    def __init__(
        self, request: Letters, url: SplitResult, account: MailAccount, address: str, tls: ssl.SSLContext
    ) -> None:
        self._request, self._url, self._account = request, url, account
        self._address, self._tls = address, tls
        self._socket: socket.socket | None = None
        self._over = False

    async def made(self, threads: ThreadPoolExecutor) -> Envelopes | Failure:
        """The letters within the request's seconds."""
        reading = asyncio.get_running_loop().run_in_executor(threads, self._guarded)
        try:
            return await asyncio.wait_for(asyncio.shield(reading), self._request.seconds)
        except TimeoutError:
            return Failure(cause="timeout", detail=f"no end within {self._request.seconds:g} s")
        finally:
            self._cut()

    def _cut(self) -> None:
        self._over = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _connected(self, made: socket.socket) -> None:
        self._socket = made
        if self._over:
            raise TimeoutError

    def _guarded(self) -> Envelopes | Failure:
        """A server's own words are not repeated where they may echo what we sent."""
        try:
            return self._read()
        except _Refused as refused:
            return Failure(cause=str(refused.args[0]), detail=str(refused.args[1]))
        except ssl.SSLError as error:
            return Failure(cause="tls", detail=str(error.reason or "TLS failed"))
        except TimeoutError:
            return Failure(cause="timeout", detail="the server does not answer")
        except (imaplib.IMAP4.error, EOFError, ValueError) as error:
            return Failure(cause="protocol", detail=f"not as IMAP has it: {type(error).__name__}")
        except OSError as error:
            return Failure(cause="tcp", detail=error.strerror or type(error).__name__)

    def _read(self) -> Envelopes:
        host, secure = self._url.hostname or "", self._url.scheme == "imaps"
        port = self._url.port or PORTS[self._url.scheme]
        session = _Session(host, port, self._address, self._tls if secure else None, self._request, self._connected)
        try:
            self._enter(session, secure)
            came = _folder(session, wire_name(unquote(self._url.path.strip("/")) or "INBOX"), self._request)
            sent = _folder(session, self._sent(session), self._request)
        finally:
            session.leave()
        oldest = min((one.at for one in sent), default=None) if len(sent) >= self._request.most else None
        kept = [one for one in came if oldest is None or one.at >= oldest]
        return Envelopes(came=tuple(kept), sent=tuple(sent), url=self._request.url)

    def _enter(self, session: _Session, secure: bool) -> None:
        if not secure and "STARTTLS" in session.capabilities:
            session.starttls(self._tls)
        elif not secure and not self._account.plain:
            raise _Refused("tls", "the server offers no STARTTLS, and `plain` is not set: no password was sent")
        try:
            session.login(self._account.user, self._account.password.reveal())
        except UnicodeError:
            raise _Refused("login", "user and password must be ASCII") from None
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            raise _Refused("login", "the server refuses user and password") from None

    def _sent(self, session: _Session) -> str:
        """The folder of what was sent: as configured, as the server marks it (RFC 6154), or by its usual names."""
        if self._account.sent:
            return wire_name(self._account.sent)
        _, lines = session.list()
        folders = {name: marks for marks, name in folders_in(lines)}
        marked = [name for name, marks in folders.items() if "\\sent" in marks]
        usual = [name for name in SENT if name in folders]
        if not marked and not usual:
            raise _Refused("no_sent", "no folder of sent letters; name it as `sent` in [imap]")
        return (marked or usual)[0]


class _Session(imaplib.IMAP4):
    """The client, connected to the address that was checked, and bounded in bytes."""

    def __init__(
        self,
        host: str,
        port: int,
        address: str,
        tls: ssl.SSLContext | None,
        request: Letters,
        connected: Callable[[socket.socket], None],
    ) -> None:
        self._address, self._wrap, self._tell = address, tls, connected
        self._left = request.bound
        super().__init__(host, port, timeout=request.seconds)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        made = socket.create_connection((self._address, self.port), timeout)
        self._tell(made)
        if self._wrap is None:
            return made
        wrapped = self._wrap.wrap_socket(made, server_hostname=self.host)
        self._tell(wrapped)
        return wrapped

    def leave(self) -> None:
        """Say so, and do not wait for the farewell: a server that gives none must not spoil what it told."""
        with contextlib.suppress(Exception):
            self.send(b"BYE LOGOUT\r\n")
        with contextlib.suppress(Exception):
            self.shutdown()

    def read(self, size: int) -> bytes:
        """A literal, within the bound."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """A line, within the bound."""
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise _Refused("too_large", "more bytes than a look may read")


def _folder(session: _Session, name: str, request: Letters) -> list[Envelope]:
    """The newest letters of a folder since the day."""
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    kind, _ = session.select(quoted, readonly=True)
    if kind != "OK":
        raise _Refused("no_folder", f"folder {name!r} cannot be opened")
    _, found = session.uid("SEARCH", "SINCE", search_day(request.since))
    numbers = sorted(int(one) for part in found if part for one in part.split())[-request.most :]
    envelopes: list[Envelope] = []
    for at in range(0, len(numbers), CHUNK):
        wanted = ",".join(map(str, numbers[at : at + CHUNK]))
        _, told = session.uid("FETCH", wanted, f"(FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS ({FIELDS})])")
        envelopes += [one for meta, head in letters_in(told) if (one := envelope(meta, head, name)) is not None]
    return envelopes
