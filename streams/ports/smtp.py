"""SMTP: mails out, one connection for as long as it is used."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from streams.outgoing import Answer, Mail
from streams.ports.clock import Clock
from streams.secrets import Secret

SECONDS = 30


class SmtpPort:
    """Sends through one server. Never raises for what the server does: a code of 0 says that there was no answer."""

    def __init__(
        self, clock: Clock, host: str, port: int, sender: str, *, security: str, user: str, password: Secret
    ) -> None:
        """`security` is starttls, tls or none."""
        self._clock = clock
        self._sender = sender
        self._login = (user, password)
        self._turn = asyncio.Lock()
        self._options = {
            "hostname": host,
            "port": port,
            "use_tls": security == "tls",
            "start_tls": security == "starttls",
            "timeout": SECONDS,
        }

    async def send(self, mail: Mail) -> Answer:
        """Send one mail over a connection of its own."""
        user, password = self._login
        login = {"username": user, "password": password.reveal()} if user else {}
        try:
            async with self._turn:
                _, text = await aiosmtplib.send(self._message(mail), **self._options, **login)  # type: ignore[arg-type]
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            return Answer(code=first.code, text=first.message[:300])
        except aiosmtplib.SMTPResponseException as error:
            return Answer(code=error.code, text=error.message[:300])
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return Answer(code=0, text=type(error).__name__)
        return Answer(code=250, text=text[:300])

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.to, mail.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{mail.message_id}>"
        references = " ".join(f"<{one}>" for one in mail.references)
        if references:
            message["References"] = message["In-Reply-To"] = references
        for name, value in mail.headers.items():
            message[name] = value
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message
