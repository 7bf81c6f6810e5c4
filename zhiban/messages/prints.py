"""The key of a store's fingerprints: without it nobody can try texts against them."""

from __future__ import annotations

import secrets

from streams.ports.store.opening import Transaction

PRINT_KEY = "messages.print_key"  # of the store's meta: a secret, made once


def print_key(tx: Transaction) -> bytes:
    """The key, made in the caller's writing transaction where there is none yet."""
    known = tx.get_meta(PRINT_KEY) or tx.keep_meta(PRINT_KEY, secrets.token_hex(32))
    return bytes.fromhex(known)
