"""Hosts in the store: which have looks due, and who may make them.

A host is kept by one worker while any of its looks is out. So that worker's own manners (places, gap, Crawl-delay,
back-off) hold for all workers; who comes after it is told how we stand with the host. What is out stands in `polls`
alone: the columns here are derived from it, under the host's row lock, and may be early but never late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    ScalarSelect,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.hosts import Standing, host_of
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns, hold
from streams.subjects import Source

NEVER = 2**62  # microseconds: the due of a host where nothing is read
MOST = 64  # looks of one host in one claim
FEW = 2  # that any host may get
CHUNK = 500  # hosts in one statement


class Open(msgspec.Struct, frozen=True):
    """A host that has looks for us: how many more may be out there, and how we stand with it."""

    places: int
    standing: Standing


def key_of(source: Source) -> str:
    """What the limits of a source are kept under; a source that names no host is its own."""
    return (host_of(source.url) or source.id)[:255]


def add(connection: Connection, names: Iterable[str]) -> None:
    """Know these hosts."""
    rows = [{"host": name, "due_at": NEVER} for name in sorted(set(names))]
    if rows:
        connection.execute(upsert(t.hosts).on_conflict_do_nothing(), rows)


def recount(connection: Connection, names: Collection[str]) -> None:
    """Derive anew what is due and out at these hosts, after `polls` was written. Waits for their locks, in order."""
    for chunk in _chunks(names):
        hold(connection, _h.host, chunk)
        connection.execute(_RECOUNT, {"names": chunk})


def recount_of(connection: Connection, sources: Collection[str]) -> None:
    """The same for the hosts of these sources."""
    recount(connection, of(connection, sources))


def of(connection: Connection, sources: Collection[str]) -> set[str]:
    """The hosts of these sources."""
    query = select(t.polls.c.host).distinct()
    found = (connection.execute(query.where(t.polls.c.source.in_(chunk))) for chunk in _chunks(sources))
    return {host for rows in found for host in rows.scalars()}


def open_for(connection: Connection, at: int, by: str, limit: int, per_host: int) -> dict[str, Open]:
    """Lock up to `limit` hosts where something is due that `by` may look at, the longest overdue first."""
    query = select(t.hosts).where(_h.due_at <= at, _is_open(at, by, per_host)).order_by(_h.due_at).limit(limit)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    out = _out(connection, at, by, [row.host for row in rows])
    return {
        row.host: Open(
            max(per_host - out.get(row.host, 0), 0),
            Standing(t.from_micros(row.next_start), t.from_micros(row.away_until), row.refusals),
        )
        for row in rows
    }


def due_at(connection: Connection, at: int, found: Mapping[str, Open], limit: int) -> list[str]:
    """The sources to look at: of each host its longest overdue, and of none more than it has places. Where many hosts
    wait, none is given many places at once: the effort is that of `limit` looks, whatever a host may have."""
    share = min(max((one.places for one in found.values()), default=0), max(-(-limit // max(len(found), 1)), FEW), MOST)
    if not share:
        return []
    query = select(_h.host, *[_overdue(number) for number in range(share)]).where(_h.host.in_(list(found)))
    rows = connection.execute(query, {"at": at})
    return [name for host, *names in rows for name in names[: found[host].places] if name is not None]


def free_beside(connection: Connection, at: int, out: Mapping[str, int], limit: int, per_host: int) -> list[str]:
    """The sources to look at for whoever is alone and has so many looks `out` at each host: the longest overdue, and
    of no host more than its places. A host whose places are all taken is left out of the next question."""
    taken, found = Counter(out), list[str]()
    full = {host for host, count in taken.items() if count >= per_host}
    while len(found) < limit:
        c = t.polls.c
        free = or_(c.lease_until.is_(None), c.lease_until <= at)
        query = select(c.source, c.host).where(c.next_at <= at, free, c.host.not_in(full), c.source.not_in(found))
        rows = connection.execute(query.order_by(c.next_at).limit(limit - len(found))).all()
        before = len(full)
        for source, host in rows:
            if taken[host] < per_host:
                found.append(source)
                taken[host] += 1
            else:
                full.add(host)
        if len(full) == before:
            break
    return found


def first_beside(connection: Connection, at: int, out: Mapping[str, int], per_host: int) -> int | None:
    """When the next look is due for whoever is alone, at a host that has a place; None where nothing is."""
    c = t.polls.c
    full = [host for host, count in out.items() if count >= per_host]
    free = or_(c.lease_until.is_(None), c.lease_until <= at)
    query = select(c.next_at).where(c.next_at.is_not(None), free, c.host.not_in(full)).order_by(c.next_at).limit(1)
    found: int | None = connection.execute(query).scalar()
    return found


def recount_all(connection: Connection) -> None:
    """Derive anew what is due and out everywhere: whoever was alone at the store kept nothing about hosts."""
    recount(connection, list(connection.execute(select(_h.host)).scalars()))


def first_open(connection: Connection, at: int, by: str, per_host: int) -> int | None:
    """When the next look is due at a host that `by` may ask; None where nothing is."""
    query = select(_h.due_at).where(_is_open(at, by, per_host)).order_by(_h.due_at).limit(1)
    found = connection.execute(query).scalar()
    return None if found is None or found == NEVER else found


def remember(connection: Connection, standings: Sequence[tuple[str, Standing]]) -> None:
    """Keep how we stand with hosts, for whoever asks next; of one host the last that is given counts."""
    rows = sorted(dict(standings).items())
    _STANDING.run(
        connection,
        [(t.to_micros(one.next_start), t.to_micros(one.away_until), one.refusals, host) for host, one in rows],
    )


def _chunks(names: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(set(names))
    return (ordered[begin : begin + CHUNK] for begin in range(0, len(ordered), CHUNK))


def _is_open(at: int, by: str, per_host: int) -> ColumnElement[bool]:
    return or_(_h.kept_until.is_(None), _h.kept_until <= at, (_h.kept_by == by) & (_h.out < per_host))


def _out(connection: Connection, at: int, by: str, names: Sequence[str]) -> dict[str, int]:
    """How many looks are out at each host; one that another has out there counts as all of them."""
    c = t.polls.c
    theirs = func.sum(case((c.lease_by == by, 0), else_=1))
    query = select(c.host, func.count(), theirs).where(c.host.in_(names), c.lease_until > at).group_by(c.host)
    return {row[0]: NEVER if row[2] else row[1] for row in connection.execute(query)}


_h = t.hosts.c
_p = t.polls.alias("p")
_here = _p.c.host == _h.host
_leased = _p.c.lease_until.is_not(None)


def _overdue(number: int) -> ScalarSelect[str]:
    """The host's n-th look that is due and free."""
    at: BindParameter[int] = bindparam("at")
    free = or_(_p.c.lease_until.is_(None), _p.c.lease_until <= at)
    query = select(_p.c.source).where(_here, _p.c.next_at <= at, free).order_by(_p.c.next_at)
    return query.limit(1).offset(number).correlate(t.hosts).scalar_subquery()


def _first_free() -> ColumnElement[int]:
    free = select(_p.c.next_at).where(_here, _p.c.next_at.is_not(None), _p.c.lease_until.is_(None))
    return func.coalesce(free.order_by(_p.c.next_at).limit(1).correlate(t.hosts).scalar_subquery(), NEVER)


def _first_end() -> ColumnElement[int]:
    ends = select(func.min(_p.c.lease_until)).where(_here, _leased)
    return func.coalesce(ends.correlate(t.hosts).scalar_subquery(), NEVER)


def _last_lease(column: ColumnElement[str] | ColumnElement[int]) -> ScalarSelect[str | int]:
    lease = select(column).where(_here, _leased).order_by(_p.c.lease_until.desc()).limit(1)
    return lease.correlate(t.hosts).scalar_subquery()


# A look whose lease runs out is due again: also its end is a due of the host.
_RECOUNT = (
    update(t.hosts)
    .where(_h.host.in_(bindparam("names", expanding=True)))
    .values(
        due_at=case((_first_free() < _first_end(), _first_free()), else_=_first_end()),
        out=select(func.count()).select_from(_p).where(_here, _leased).correlate(t.hosts).scalar_subquery(),
        kept_by=func.coalesce(_last_lease(_p.c.lease_by), ""),
        kept_until=_last_lease(_p.c.lease_until),
    )
)
_STANDING = Batch(
    lambda given: (
        update(t.hosts)
        .where(_h.host == given["host_"])
        .values(next_start=given["next_start"], away_until=given["away_until"], refusals=given["refusals"])
    ),
    columns(_h.next_start, _h.away_until, _h.refusals, host_=_h.host),
)
