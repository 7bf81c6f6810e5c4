"""An SMTP server as a process of its own: `mailserver.py FOLDER JSON` prints its port, and keeps each mail as a file.

JSON: `certificate` (a PEM file with key and chain) offers STARTTLS and asks for it; `login` is a [user, password] that
it asks for; `answers` are what it says to the next mails, one after the other (then 250); `refused` are addresses that
it does not know; `stalls` says that it never answers a mail.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Keeping:
    """Keeps what it accepts."""

    def __init__(self, folder: Path, wanted: dict[str, Any]) -> None:
        self.folder, self.wanted = folder, wanted
        self.answers: list[str] = wanted.get("answers", [])
        self.count = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.wanted.get("refused", []):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.wanted.get("stalls"):
            (self.folder / "stalled").touch()
            await asyncio.sleep(3600)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("2"):
            self.count += 1
            (self.folder / f"{self.count}.to").write_text("\n".join(envelope.rcpt_tos))
            (self.folder / f"{self.count}.eml").write_bytes(envelope.content)
        return answer


async def serve(folder: Path, wanted: dict[str, Any]) -> None:
    """Serve until the process is ended."""
    options: dict[str, Any] = {}
    if "certificate" in wanted:
        options["tls_context"] = context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(wanted["certificate"])
        options["require_starttls"] = True
    if "login" in wanted:
        user, password = (text.encode() for text in wanted["login"])

        def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            right = isinstance(data, LoginPassword) and (data.login, data.password) == (user, password)
            return AuthResult(success=right, handled=right)

        options |= {"authenticator": authenticate, "auth_required": True}
    keeping = Keeping(folder, wanted)
    listening = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeping, hostname="test", **options), "127.0.0.1", 0
    )
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), json.loads(sys.argv[2])))
