"""How sources are seen: the desk's word on collectors, their incidents, and our own network."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.alert import Alert
from alerts.board import Board
from alerts.groups import Times, Wake
from alerts.incidents import FROZEN, LEAST, NETWORK, SAME, Collector, Incident, Sight, incident_id
from alerts.mailing import forget_letters, overtake
from alerts.masks import FREE, is_free, open_incident_of, put_under, set_free_later
from alerts.remembered import Question
from alerts.rhythm import next_hour
from alerts.telling import leave, release, tell, unhold
from streams.days import DAY
from streams.findings import Finding

HOUR = "hour/"
FORGET = "forget/"
KEPT = 30 * DAY  # how long what is over stays on the desk
NEW, GOOD = "new", "good"


def see(board: Board, finding: Finding) -> None:
    """Take word of a source: its outcome turned, or it has new items."""
    if finding.why == NEW:
        _renew(board, finding)
        return
    before = board.get(Sight, finding.source)
    # A look that fails may end at another host (before a redirect): it counts where the source was last seen well.
    failed = before is not None and finding.why not in {GOOD, FROZEN}
    name = before.collector if failed and before is not None else finding.collector
    if not name:
        return
    _look(board, finding.source, Sight(name, finding.subject, finding.why), finding.time)
    if finding.why == GOOD:
        _set_free(board, finding)


def forget(board: Board, source: str, at: datetime) -> None:
    """A source that is read no more counts no more."""
    sight = board.take(Sight, source)
    if sight is not None:
        _weigh(board, sight.collector, at)


def _look(board: Board, source: str, sight: Sight, at: datetime) -> None:
    before = board.get(Sight, source)
    board.put(source, sight)
    if before is not None and before.collector != sight.collector:
        _weigh(board, before.collector, at)
    _weigh(board, sight.collector, at)


def _renew(board: Board, finding: Finding) -> None:
    name, at = finding.collector, finding.time
    if not name:
        return
    sight = board.get(Sight, finding.source)
    if sight is not None and sight.collector != name:
        _look(board, finding.source, Sight(name, sight.subject, sight.outcome), at)
    count = finding.args.get("count", "")
    collector = _collector(board, name)
    rhythm = collector.rhythm.after(at, int(count) if count.isdecimal() else 1)
    board.put(name, msgspec.structs.replace(collector, rhythm=rhythm))
    if board.census.of(name).known >= LEAST and board.get(Wake, HOUR + name) is None:
        board.put(HOUR + name, Wake(next_hour(at)))
    incident = board.get(Incident, collector.incident)
    if incident is not None and incident.is_frozen and rhythm.has_thawed(at, incident.hours, incident.usual):
        _close(board, incident, at)
        _weigh(board, name, at)
    elif not board.head.off and open_incident_of(board, name) is None:
        release(board, at, name)


def _collector(board: Board, name: str) -> Collector:
    return board.get(Collector, name) or Collector()


def _weigh(board: Board, name: str, at: datetime) -> None:
    """Open or close incidents as subjects fail or recover."""
    census = board.census
    network = board.get(Incident, _collector(board, NETWORK).incident)
    if network is None and census.network_is_down():
        _open_network(board, at)
    elif network is not None and census.network_is_up():
        _close(board, network, at)
        for one in census.down():
            _weigh_one(board, one, at)
    elif network is None:
        _weigh_one(board, name, at)


def _weigh_one(board: Board, name: str, at: datetime) -> None:
    tally = board.census.of(name)
    incident = board.get(Incident, _collector(board, name).incident)
    if incident is None and tally.is_down:
        _open(board, name, at, tally.why)
    elif incident is not None and not incident.is_frozen and tally.is_up:
        _close(board, incident, at)


def _open(board: Board, name: str, at: datetime, why: str) -> Incident:
    collector = _collector(board, name)
    last = board.get(Incident, collector.last)
    if last is not None and _is_same(last, at):
        incident = msgspec.structs.replace(last, closed_at=None, why=why)
    else:
        incident = Incident(id=incident_id(name, at), collector=name, opened_at=at, since=at, why=why)
    _keep_open(board, incident, at)
    return incident


def _keep_open(board: Board, incident: Incident, at: datetime) -> None:
    board.put(incident.id, incident)
    collector = _collector(board, incident.collector)
    board.put(incident.collector, msgspec.structs.replace(collector, incident=incident.id, last=incident.id))
    tell(board, incident, at)


def _is_same(last: Incident, at: datetime) -> bool:
    fresh = last.closed_at is not None and at - last.closed_at < SAME
    return fresh and not last.part_of and not last.is_frozen


def _open_network(board: Board, at: datetime) -> None:
    """One incident takes over those of the collectors: their letters are overtaken, their masks are its own."""
    absorbed = board.incidents()
    network = _open(board, NETWORK, at, board.census.whole.why)
    for one in absorbed:
        leave(board, one)
        for letter in one.letters.values():
            overtake(board, one.id, letter)
        over = msgspec.structs.replace(one, closed_at=at, part_of=network.id, told=False, group="")
        board.put(one.id, over)
        _let_go(board, over, at)
        for key in one.masks:
            alert = board.get(Alert, key)
            if alert is not None and alert.masked_by == one.id:
                board.put(key, put_under(board, alert, network.id, at))


def _close(board: Board, incident: Incident, at: datetime) -> None:
    closed = msgspec.structs.replace(incident, closed_at=at)
    board.put(closed.id, closed)
    _let_go(board, closed, at)
    tell(board, closed, at)
    for key in closed.masks:
        alert = board.get(Alert, key)
        if alert is not None and alert.masked_by == closed.id:
            set_free_later(board, alert, at)
    release(board, at, None if closed.collector == NETWORK else closed.collector)


def _let_go(board: Board, incident: Incident, at: datetime) -> None:
    """The collector has no open incident any more; the days of this one teach nothing of what is usual."""
    names = [incident.collector]
    if incident.collector == NETWORK:
        names = [name for name, _ in board.all(Collector)]
    for name in names:
        collector = _collector(board, name)
        left = "" if name == incident.collector else collector.incident
        rhythm = collector.rhythm.without(incident.since, at)
        board.put(name, msgspec.structs.replace(collector, incident=left, rhythm=rhythm))
    board.put(FORGET + incident.id, Wake(at + KEPT))


def skip_days(board: Board, since: datetime, until: datetime) -> None:
    """We were off: those days teach no collector's rhythm anything."""
    for name, collector in board.all(Collector):
        board.put(name, msgspec.structs.replace(collector, rhythm=collector.rhythm.without(since, until)))


# -- masks that end, and wakes -------------------------------------------------------------------------------------


def _set_free(board: Board, finding: Finding) -> None:
    for alert in board.standing(finding.subject):
        if alert.masked_by and alert.finding.source in {"", finding.source}:
            free(board, alert, finding.time)


def free(board: Board, alert: Alert, at: datetime) -> None:
    """Show and tell a masked matter that still stands on a good look after the incident."""
    if not alert.masked_by or not is_free(board, alert, at):
        return
    board.take(Wake, FREE + alert.id)
    unhold(board, msgspec.structs.replace(alert, masked_by=""), at)
    for upper in board.standing(alert.finding.subject):
        if upper.masked_by and alert.id in upper.finding.folds:
            free(board, upper, at)


def check_hour(board: Board, name: str, at: datetime) -> None:
    """A full hour: whether a collector is frozen, though it answers."""
    collector = _collector(board, name)
    rhythm = collector.rhythm
    watched = board.census.of(name).known >= LEAST and rhythm.last is not None
    if watched and rhythm.last is not None and at - rhythm.last < 3 * DAY:
        board.put(HOUR + name, Wake(next_hour(at)))
    if not watched or board.head.off or open_incident_of(board, name) is not None:
        return
    found = rhythm.frozen_since(at, board.head.on_since)
    if found is not None:
        since, usual = found
        hours = round((at - since).total_seconds() / 3600)
        _freeze(board, name, since, at, usual, hours)


def _freeze(board: Board, name: str, since: datetime, at: datetime, usual: float, hours: int) -> None:
    made = Incident(
        id=incident_id(name, at), collector=name, opened_at=at, since=since, why=FROZEN, usual=usual, hours=hours
    )
    _keep_open(board, made, at)
    for alert in board.standing():
        if alert.accuses and not alert.masked_by and made.covers(alert.finding.collector, alert.accused_at):
            board.put(alert.id, put_under(board, alert, made.id, at))


def forget_over(board: Board, key: str, at: datetime) -> None:
    """What has been over for long leaves the desk."""
    one = board.get(Alert, key) or board.get(Incident, key)
    if one is None or one.closed_at is None or one.closed_at + KEPT > at:
        return
    forget_letters(board, key, one.letters.values())
    if isinstance(one, Alert) and one.asked:
        for question in [name for name, asked in board.all(Question) if asked.about == key]:
            board.take(Question, question)
    board.take(type(one), key)
    times = board.get(Times, one.place)
    if times is not None and max(times.at.values()) + DAY < at:
        board.take(Times, one.place)
