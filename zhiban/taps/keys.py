"""The keys that sign links: the configuration's, or the store's own, made once."""

from __future__ import annotations

import secrets
from datetime import timedelta

from alerts.taps import Links, Ring, ring_of
from streams.ports.store import Store
from zhiban.config import Web

KEYS = "taps.keys"  # of the store's meta: a secret


def ring_in(store: Store, web: Web) -> Ring:
    """The keys: what the configuration says, else the store's."""
    if web.link_key:
        return ring_of(web.link_key.reveal())
    with store.read() as tx:
        known = tx.get_meta(KEYS)
    return ring_of(known if known is not None else _made(store))


def links_in(store: Store, web: Web) -> Links | None:
    """How links are made; None where no address says how readers reach us."""
    if not web.public:
        return None
    return Links(ring=ring_in(store, web), public=web.public, last=timedelta(days=web.link_days))


def _made(store: Store) -> str:
    with store.write() as tx:
        return tx.keep_meta(KEYS, f"1:{secrets.token_hex(32)}")
