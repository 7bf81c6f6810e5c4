"""The key of a store's fingerprints: without it nobody can try texts against them."""

from __future__ import annotations

import secrets

from streams.ports.store.opening import Transaction

PRINT_KEY = "messages.print_key"  # of the store's meta: a secret, made once


def print_key(tx: Transaction) -> bytes:
    """The key, made in the caller's writing transaction where there is none yet."""
    known = tx.get_meta(PRINT_KEY)
    if known is None:
        known = secrets.token_hex(32)
        tx.set_meta(PRINT_KEY, known)
    return bytes.fromhex(known)
