"""The store: log, state, ledger, polls, desk and outbox in one database (SQLAlchemy Core; SQLite, later PostgreSQL)."""

from streams.ports.store.opening import Store, open_store

__all__ = ["Store", "open_store"]
