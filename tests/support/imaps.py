"""A small mail server on loopback that speaks IMAP4rev1 (RFC 3501) as far as a reader of headers needs it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Kept(msgspec.Struct):
    """A letter in a folder: header and text as bytes, when it came, its flags."""

    message: bytes
    at: datetime
    flags: str = ""

    def fields(self, wanted: list[str]) -> bytes:
        """The header fields that were asked for, as they stand (RFC 3501 6.4.5), and the empty line."""
        head = self.message.partition(b"\r\n\r\n")[0] + b"\r\n"
        lines = re.findall(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*", head)
        names = {name.lower().encode() for name in wanted}
        return b"".join(line for line in lines if line.partition(b":")[0].lower() in names) + b"\r\n"


def letter(name: str, *, subject: str = "secret", body: str = "secret text", **more: str) -> bytes:
    """A whole message with that Message-ID; further header fields with underscores."""
    lines = [f"Message-ID: <{name}@example.cn>", f"Subject: {subject}", "From: Citizen <citizen@example.cn>"]
    lines += [f"{field.replace('_', '-')}: {value}" for field, value in more.items()]
    return "\r\n".join([*lines, "", body]).encode()


class MailServer:
    """Folders of letters; one user; it remembers every command, and may be told to fall silent before one."""

    def __init__(self, user: str = "letters", password: str = 'p"ss word') -> None:
        self.user, self.password = user, password
        self.folders: dict[str, list[Kept]] = {"INBOX": [], "Sent": []}
        self.special = {"Sent": "\\Sent"}
        self.commands: list[str] = []
        self.silent_at = ""  # the command that is never answered; "GREETING" too
        self.spoil: Callable[[bytes], bytes] = bytes  # what becomes of an answer to FETCH

    def put(self, folder: str, message: bytes, at: datetime, flags: str = "") -> None:
        """A letter that came, or was sent."""
        self.folders.setdefault(folder, []).append(Kept(message, at, flags))

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Talk(self, reader, writer).held()


class _Talk:
    def __init__(self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.entered = False
        self.folder: list[Kept] | None = None

    async def held(self) -> None:
        await self._unless_silent("GREETING")
        self._say(b"* OK IMAP4rev1 ready")
        while line := await self.reader.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            words = _words(rest)
            name = words.pop(0).upper()
            if name == "UID":
                name = f"UID {words.pop(0).upper()}"
            self.server.commands.append(rest if name != "LOGIN" else "LOGIN")
            await self._unless_silent(name)
            done = getattr(self, "_" + name.lower().replace(" ", "_"), None)
            self._say(f"{tag} {done(words) if done else 'BAD unknown command'}".encode())
            await self.writer.drain()
            if name == "LOGOUT":
                return

    async def _unless_silent(self, name: str) -> None:
        if self.server.silent_at == name:
            await asyncio.Event().wait()

    def _say(self, line: bytes) -> None:
        self.writer.write(line + b"\r\n")

    def _capability(self, _words: list[str]) -> str:
        self._say(b"* CAPABILITY IMAP4rev1 SPECIAL-USE")
        return "OK done"

    def _login(self, words: list[str]) -> str:
        self.entered = words == [self.server.user, self.server.password]
        return "OK welcome" if self.entered else f"NO [AUTHENTICATIONFAILED] not {' '.join(words)}"

    def _list(self, _words: list[str]) -> str:
        if not self.entered:
            return "BAD not logged in"
        for name in self.server.folders:
            self._say(f'* LIST (\\HasNoChildren {self.server.special.get(name, "")}) "/" "{name}"'.encode())
        return "OK done"

    def _examine(self, words: list[str]) -> str:
        if not self.entered or words[0] not in self.server.folders:
            return "NO no such folder"
        self.folder = self.server.folders[words[0]]
        self._say(f"* {len(self.folder)} EXISTS".encode())
        self._say(b"* OK [UIDVALIDITY 7]")
        return "OK [READ-ONLY] done"

    def _uid_search(self, words: list[str]) -> str:
        if self.folder is None or words[0].upper() != "SINCE":
            return "BAD no folder, or no SINCE"
        day, month, year = words[1].split("-")
        since = datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=UTC)
        found = [str(number) for number, kept in enumerate(self.folder, 1) if kept.at >= since]
        self._say(f"* SEARCH {' '.join(found)}".encode().rstrip())
        return "OK done"

    def _uid_fetch(self, words: list[str]) -> str:
        if self.folder is None:
            return "BAD no folder"
        wanted = " ".join(words[1:])
        fields = re.search(r"BODY\.PEEK\[HEADER\.FIELDS \(([^)]*)\)\]", wanted)
        assert fields, "asked for more than header fields"
        for number in map(int, words[0].split(",")):
            kept = self.folder[number - 1]
            head = kept.fields(fields[1].split())
            at = f"{kept.at.day:2}-{MONTHS[kept.at.month - 1]}-{kept.at:%Y %H:%M:%S +0000}"
            told = (
                f'* {number} FETCH (UID {number} INTERNALDATE "{at}" BODY[HEADER.FIELDS ({fields[1]})] {{{len(head)}}}'
            )
            self.writer.write(self.server.spoil(told.encode() + b"\r\n" + head))
            self._say(f" FLAGS ({kept.flags}))".encode())
        return "OK done"

    def _logout(self, _words: list[str]) -> str:
        self._say(b"* BYE")
        return "OK done"


def _words(line: str) -> list[str]:
    """Atoms and quoted strings (RFC 3501 4.3)."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line)
    return [re.sub(r"\\(.)", r"\1", quoted) or atom for quoted, atom in found]
