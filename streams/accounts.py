"""How to get into a mail server that is read."""

from __future__ import annotations

import msgspec

from streams.secrets import Secret


class MailAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How to get in. `sent` is the folder of what was sent, where the server does not say; `plain` lets the password go
    over an unencrypted connection."""

    user: str
    password: Secret
    sent: str = ""
    plain: bool = False
