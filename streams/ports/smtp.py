"""SMTP: mails out, over one connection for as long as mails wait."""

from __future__ import annotations

import asyncio
import ssl
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib
import msgspec

from streams.outgoing import Answer, Mail, Part
from streams.ports.clock import Clock
from streams.secrets import Secret

SECONDS = 30.0
MALFORMED = 553  # what servers answer to an address that is none; we say it ourselves before they do
ABOUT_US = frozenset({421, 454, 530, 534, 535, 538})  # the server's state or our login, never a letter's fault
_Faults = (aiosmtplib.SMTPException, OSError, ValueError)


class SmtpPort:
    """Sends through one server. Never raises for what the server does: a code of 0 says that there was no answer.

    Mails go one after the other. The connection lives until no mail waits; where the server does not answer, or refuses
    our login, the mails that wait share that answer: nobody waits for a dead server sixteen times.
    """

    def __init__(
        self,
        clock: Clock,
        host: str,
        port: int,
        sender: str,
        *,
        security: str,
        user: str,
        password: Secret,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """`security` is starttls, tls or none; `seconds` bounds the connecting and each mail as a whole."""
        self._clock, self._sender, self._seconds = clock, sender, seconds
        self._server = (host, port, security, tls)
        self._login = (user, password)
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._line: aiosmtplib.SMTP | None = None
        self._fault: Answer | None = None

    async def send(self, mail: Mail) -> Answer:
        """Send one mail."""
        try:
            message = build(mail, self._sender, format_datetime(self._clock.now()))
        except (ValueError, MessageError, IndexError, AttributeError) as error:
            return Answer(code=MALFORMED, text=f"no mail can be made of it: {type(error).__name__}")
        self._waiting += 1
        try:
            async with self._turn:
                answer = await self._attempt(message)
                if self._waiting == 1:
                    await self._hang_up()
        finally:
            self._waiting -= 1
        return answer

    async def aclose(self) -> None:
        """Hang up, should a cancelled mail have left the line open."""
        await self._hang_up()

    async def _attempt(self, message: EmailMessage) -> Answer:
        if self._line is None and self._fault is None:
            self._fault = await self._dial()
        if self._fault is not None or self._line is None:
            return self._fault or Answer(code=0)
        try:
            async with asyncio.timeout(self._seconds):
                refused, text = await self._line.send_message(message)
        except _Faults as error:
            if isinstance(error, OSError) or not self._line.is_connected:
                self._drop()
            found = _answer(error)
            # No code of the server's: the line broke, or nothing came in time, perhaps when it had the mail already.
            lost = found.code == 0 and not isinstance(error, aiosmtplib.SMTPSenderRefused)
            return msgspec.structs.replace(found, unsure=lost)
        except asyncio.CancelledError:
            self._drop()  # stopped in the middle of a mail: the next one must not be taken for its end
            raise
        return Answer(
            code=250, text=f"{len(refused)} of the recipients refused; {text}"[:300] if refused else text[:300]
        )

    async def _dial(self) -> Answer | None:
        """Connect and log in; what went wrong, if anything."""
        host, port, security, tls = self._server
        user, password = self._login
        line = aiosmtplib.SMTP(
            hostname=host,
            port=port,
            use_tls=security == "tls",
            start_tls=security == "starttls",
            tls_context=tls,
            timeout=self._seconds,
            username=user or None,
            password=password.reveal() if user else None,
        )
        try:
            async with asyncio.timeout(self._seconds):
                await line.connect()
        except _Faults as error:
            line.close()
            found = _answer(error)
            # Whatever is wrong before there is a mail is about the server or us: never a verdict on a letter.
            return Answer(code=found.code if found.code in ABOUT_US else 0, text=found.text)
        self._line = line
        return None

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    async def _hang_up(self) -> None:
        line, self._line, self._fault = self._line, None, None
        if line is None:
            return
        try:
            async with asyncio.timeout(5):
                await line.quit()
        except _Faults:
            line.close()  # the mails are through: how the goodbye went is nobody's matter


def build(mail: Mail, sender: str, date: str) -> EmailMessage:
    """The message; raises ValueError where a field would break out of its header, or where no address is in `to`."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    if not any(address.domain for address in message["To"].addresses):
        raise ValueError("no mail address")
    message["Date"] = date
    message["Message-ID"] = f"<{mail.message_id}>"
    if mail.references:
        message["References"] = " ".join(f"<{one}>" for one in mail.references)
        message["In-Reply-To"] = f"<{mail.references[-1]}>"
    for name, value in mail.headers.items():
        message[name] = value
    # Base64 keeps long lines and Chinese whole on the way through any server.
    message.set_content(mail.text, cte="base64")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    for part in mail.parts:
        _add(message, part)
    return message


def _add(message: EmailMessage, part: Part) -> None:
    """A picture goes beside the HTML that shows it, a file beside both texts."""
    named = EmailMessage(policy=SMTP)
    named["Content-Type"] = part.kind
    kind = named["Content-Type"]
    if part.inline:
        html = message.get_body(("html",))
        assert html is not None
        html.add_related(
            part.body, kind.maintype, kind.subtype, cid=f"<{part.inline}>", filename=part.name, disposition="inline"
        )
    else:
        message.add_attachment(part.body, kind.maintype, kind.subtype, filename=part.name, params=dict(kind.params))


def _answer(error: Exception) -> Answer:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        first = error.recipients[0]
        return Answer(code=first.code, text=first.message[:300])
    if isinstance(error, aiosmtplib.SMTPSenderRefused):  # our own address: no word about this letter
        return Answer(code=0, text=f"our sender was refused: {error.code} {error.message}"[:300])
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Answer(code=error.code, text=error.message[:300])
    if isinstance(error, (aiosmtplib.SMTPNotSupported, ValueError)):
        return Answer(code=MALFORMED, text=f"the server cannot take such an address: {type(error).__name__}")
    return Answer(code=0, text=type(error).__name__)
