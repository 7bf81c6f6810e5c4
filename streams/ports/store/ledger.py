"""The ledger: findings are only ever added, and the open matters are written with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.codec import decode_finding, encode
from streams.findings import Event, Finding
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns


class LedgerPart:
    """Add findings and read them."""

    connection: Connection

    def add_findings(self, findings: Sequence[Finding]) -> None:
        """Add findings in order, and bring the open matters up to them; a double fails."""
        if not findings:
            return
        _ADD.run(self.connection, [_row(finding) for finding in findings])
        last = {finding.id: finding for finding in findings if finding.event is not Event.SIGNALS}
        shut = [key for key, finding in last.items() if finding.event is Event.CLOSES]
        stand = [(f.id, f.subject, f.n) for f in last.values() if f.event is not Event.CLOSES]
        _STAND.run(self.connection, stand)
        for start in range(0, len(shut), 400):
            self.connection.execute(delete(t.matters).where(t.matters.c.id.in_(shut[start : start + 400])))

    def open_findings(self) -> list[Finding]:
        """The last finding of every open matter, by subject and number."""
        c = t.findings.c
        join = t.findings.join(t.matters, (t.matters.c.subject == c.subject) & (t.matters.c.n == c.n))
        return _decode(self.connection.execute(select(c.body).select_from(join).order_by(c.subject, c.n)).scalars())

    def findings_until(self, at: datetime) -> list[Finding]:
        """All findings with a time at or before `at`, in the ledger's order (time, subject, n)."""
        c = t.findings.c
        query = select(c.body).where(c.time <= t.to_micros(at)).order_by(c.time, c.subject, c.n)
        return _decode(self.connection.execute(query).scalars())

    def findings_between(self, after: tuple[datetime, str, int], until: datetime, limit: int) -> list[Finding]:
        """Up to `limit` findings beyond (time, subject, n) and strictly before `until`, in the ledger's order."""
        c = t.findings.c
        place = tuple_(literal(t.to_micros(after[0])), literal(after[1]), literal(after[2]))
        # Compared as one value, which the index answers: a whole registry may have been told in one moment.
        query = select(c.body).where(tuple_(c.time, c.subject, c.n) > place, c.time < t.to_micros(until))
        return _decode(self.connection.execute(query.order_by(c.time, c.subject, c.n).limit(limit)).scalars())

    def findings_by(self, rule: str, since: datetime) -> list[Finding]:
        """Every finding of one rule with a time at or after `since`, in the ledger's order. Of a rare rule."""
        c = t.findings.c
        query = select(c.body).where(c.rule == rule, c.time >= t.to_micros(since)).order_by(c.time, c.subject, c.n)
        return _decode(self.connection.execute(query).scalars())

    def has_finding_since(self, moment: datetime) -> bool:
        """Whether any finding has a time at or after `moment`."""
        c = t.findings.c
        query = select(c.n).where(c.time >= t.to_micros(moment)).limit(1)
        return self.connection.execute(query).first() is not None

    def story(self, matter: str) -> list[Finding]:
        """Every finding about one matter, in order."""
        c = t.findings.c
        return _decode(self.connection.execute(select(c.body).where(c.id == matter).order_by(c.n)).scalars())

    def findings_of(self, subject: str) -> list[Finding]:
        """Every finding of one subject, in order."""
        c = t.findings.c
        return _decode(self.connection.execute(select(c.body).where(c.subject == subject).order_by(c.n)).scalars())

    def matters_named(self, beginning: str) -> list[str]:
        """The ids of matters, open or closed, that begin so; two at most, for more than one names none."""
        c = t.findings.c
        query = select(c.id).where(c.id.startswith(beginning, autoescape=True)).distinct().order_by(c.id).limit(2)
        return [name for name in self.connection.execute(query).scalars() if name]

    def cited_evidence(self) -> set[str]:
        """The evidence ids that open matters and quarantined looks cite: their WARC files stay."""
        c = t.quarantine.c
        aside = self.connection.execute(select(c.body).where(c.what == "look", c.settled_at.is_(None))).scalars()
        cited = {finding.evidence for finding in self.open_findings()} | {bytes(body).decode() for body in aside}
        return cited - {""}

    def matter_count(self) -> int:
        """How many matters are open."""
        return self.connection.execute(select(func.count()).select_from(t.matters)).scalar_one()

    def finding_count(self) -> int:
        """How many findings the ledger has."""
        return self.connection.execute(select(func.count()).select_from(t.findings)).scalar_one()


_c, _m = t.findings.c, t.matters.c
_ADD = Batch(
    lambda given: given.into(insert(t.findings)),
    columns(_c.subject, _c.n, _c.time, _c.event, _c.id, _c.rule, _c.level, _c.body),
)
_matter = upsert(t.matters)
_STAND = Batch(
    lambda given: given.into(_matter).on_conflict_do_update(index_elements=["id"], set_={"n": _matter.excluded.n}),
    columns(_m.id, _m.subject, _m.n),
)


def _row(finding: Finding) -> tuple[object, ...]:
    time = t.to_micros(finding.time)
    event, level = str(finding.event), str(finding.level)
    return finding.subject, finding.n, time, event, finding.id, finding.rule, level, encode(finding)


def _decode(bodies: Iterable[bytes]) -> list[Finding]:
    return [decode_finding(body) for body in bodies]
