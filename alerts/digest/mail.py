"""The digest as a mail: HTML with its picture inside, a plain twin, and a calendar."""

from __future__ import annotations

import msgspec

from alerts.digest.events import calendar
from alerts.digest.page import CHART, as_html, picture_of
from alerts.digest.plain import as_text
from alerts.digest.tidying import tidy_digest
from alerts.digest.value import Digest
from streams.outgoing import Mail, Part


def with_digest(mail: Mail, digest: Digest, language: str, domain: str) -> Mail:
    """The mail with the whole digest in it; `domain` is of message ids and events."""
    tidied = tidy_digest(digest)
    picture = f"{CHART}@{domain}"
    parts = [Part(kind="image/png", name="chart.png", body=picture_of(tidied), inline=picture)]
    name = f"zhiban-{digest.week}.ics"
    if tidied.due:
        body = calendar(tidied, language, domain)
        parts.append(Part(kind="text/calendar; method=PUBLISH; charset=utf-8", name=name, body=body))
    return msgspec.structs.replace(
        mail,
        text=as_text(tidied, language, name),
        html=as_html(tidied, language, f"cid:{picture}", name),
        headers=mail.headers | {"List-Id": f"Zhiban <digest.{domain}>"} | _unsubscribe(tidied.unsubscribe),
        parts=tuple(parts),
    )


def _unsubscribe(link: str) -> dict[str, str]:
    """How to end it with one click (RFC 8058), where the configuration says where."""
    if not link:
        return {}
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
