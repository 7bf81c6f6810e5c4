"""Leases: what one worker alone may do at a time, such as to tick or to be the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from streams.ports.store import tables as t


class LeasePart:
    """Take, renew and give back leases."""

    connection: Connection

    def take_lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or renew the lease `name` until `until`; whether it is ours. Another's may be taken when it is over."""
        c = t.leases.c
        free = (c.holder == holder) | (c.until <= t.to_micros(now))
        values = {"holder": holder, "until": t.to_micros(until)}
        if self.connection.execute(update(t.leases).where(c.name == name, free).values(values)).rowcount:
            return True
        if self.connection.execute(select(c.name).where(c.name == name)).first() is not None:
            return False
        self.connection.execute(insert(t.leases).values(name=name, **values))  # two at once: one of them fails
        return True

    def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back; another's stays."""
        self.connection.execute(delete(t.leases).where(t.leases.c.name == name, t.leases.c.holder == holder))

    def lease_holder(self, name: str, now: datetime) -> str:
        """Who holds a lease now, or ""."""
        query = select(t.leases.c.holder).where(t.leases.c.name == name, t.leases.c.until > t.to_micros(now))
        return self.connection.execute(query).scalar() or ""
