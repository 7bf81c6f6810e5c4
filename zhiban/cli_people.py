"""The commands of what people do: alerts and their states, silences, and routes on trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cyclopts import App

from streams.records import FactKind
from zhiban.options import HERE, Flag, Folder

if TYPE_CHECKING:
    from zhiban.commands.opened import Opened

Request = Literal["not_ours", "exempt", "shutdown"]
alerts = App(name="alerts")
silence = App(name="silence")
routes = App(name="routes")
contacts = App(name="contacts")


def _opened(folder: Folder) -> Opened:
    from zhiban.commands.opened import Opened  # noqa: PLC0415 - `--help` must not wait for the whole house

    return Opened(folder)


@alerts.default
def alerts_list(
    *, at: str = "", state: str = "open", unit: str = "", rule: str = "", level: str = "", json: Flag = False,
    folder: Folder = HERE,
) -> int:  # fmt: skip
    """Alerts and incidents."""
    from zhiban.commands.people import Chosen, show_alerts  # noqa: PLC0415

    return show_alerts(_opened(folder), at, Chosen(unit=unit, rule=rule, state=state, level=level), json=json)


@alerts.command(name="show")
def alerts_show(alert: str, *, at: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """One alert's history."""
    from zhiban.commands.people import show_alert  # noqa: PLC0415

    return show_alert(_opened(folder), alert, at, json=json)


@alerts.command(name="ack")
def alerts_ack(
    alert: str, *, until: str = "", by: str = "", reason: str = "", json: Flag = False, folder: Folder = HERE
) -> int:
    """Somebody has it in hand."""
    return _do(FactKind.ACKNOWLEDGED, alert, by, reason, until, folder, json=json)


@alerts.command(name="assign")
def alerts_assign(
    alert: str, *, to: str, until: str = "", by: str = "", json: Flag = False, folder: Folder = HERE
) -> int:
    """To whom it is given, and by when it is to be done."""
    return _do(FactKind.ASSIGNED, alert, by, to, until, folder, json=json)


@alerts.command(name="fixed")
def alerts_fixed(alert: str, *, by: str = "", reason: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """It is said to be put right: look again."""
    return _do(FactKind.FIXED, alert, by, reason, "", folder, json=json)


@alerts.command(name="confirm")
def alerts_confirm(alert: str, *, by: str = "", reason: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """A lead is true, or a false alarm was none."""
    return _do(FactKind.CONFIRMED, alert, by, reason, "", folder, json=json)


@alerts.command(name="dismiss")
def alerts_dismiss(alert: str, *, reason: str, by: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """A false alarm."""
    return _do(FactKind.DISMISSED, alert, by, reason, "", folder, json=json)


@alerts.command(name="request")
def alerts_request(
    alert: str, *, request: Request, by: str = "", reason: str = "", json: Flag = False, folder: Folder = HERE
) -> int:
    """Ask for what others decide."""
    return _do(FactKind(request), alert, by, reason, "", folder, json=json)


@alerts.command(name="grant")
def alerts_grant(
    alert: str, *, request: Request | None = None, until: str = "", by: str = "", reason: str = "", json: Flag = False,
    folder: Folder = HERE,
) -> int:  # fmt: skip
    """Grant what was asked for."""
    return _do(FactKind.GRANTED, alert, by, reason, until, folder, json=json, about=request or "")


@alerts.command(name="refuse")
def alerts_refuse(
    alert: str, *, request: Request | None = None, by: str = "", reason: str = "", json: Flag = False,
    folder: Folder = HERE,
) -> int:  # fmt: skip
    """Refuse what was asked for."""
    return _do(FactKind.REFUSED, alert, by, reason, "", folder, json=json, about=request or "")


def _do(
    kind: FactKind, alert: str, by: str, text: str, until: str, folder: Folder, *, json: bool, about: str = ""
) -> int:
    from zhiban.commands.people import do  # noqa: PLC0415

    return do(_opened(folder), kind, alert, by, text, until, json=json, about=about)


@silence.command(name="add")
def silence_add(
    *, until: str, reason: str, since: str = "", by: str = "", unit: str = "", subject: str = "", rule: str = "",
    level: str = "", source: str = "", json: Flag = False, folder: Folder = HERE,
) -> int:  # fmt: skip
    """Announce what is not to be written about."""
    from zhiban.commands.people import silence_add as add  # noqa: PLC0415

    globs = {"unit": unit, "subject": subject, "rule": rule, "level": level, "source": source}
    return add(_opened(folder), until, since, by, reason, globs, json=json)


@silence.command(name="list")
def silence_list(*, at: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """The silences that have not ended."""
    from zhiban.commands.people import silence_list as show  # noqa: PLC0415

    return show(_opened(folder), at, json=json)


@silence.command(name="expire")
def silence_expire(silence: str, *, by: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """End a silence now."""
    from zhiban.commands.people import silence_expire as expire  # noqa: PLC0415

    return expire(_opened(folder), silence, by, json=json)


@routes.command(name="test")
def routes_test(
    subject: str, *, rule: str = "MED-STALE", level: str = "veto", at: str = "", json: Flag = False,
    folder: Folder = HERE,
) -> int:  # fmt: skip
    """Who would be told."""
    from zhiban.commands.people import routes_test as test  # noqa: PLC0415

    return test(_opened(folder), subject, rule, level, at, json=json)


@contacts.default
def contacts_list(*, at: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """Who answers for which address."""
    from zhiban.commands.contacts import show_contacts  # noqa: PLC0415

    return show_contacts(_opened(folder), at, json=json)


@contacts.command(name="confirm")
def contacts_confirm(address: str, *, by: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """The post is still theirs."""
    from zhiban.commands.contacts import answer  # noqa: PLC0415

    return answer(_opened(folder), FactKind.CONTACT, address, by, json=json)


@contacts.command(name="left")
def contacts_left(address: str, *, by: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """The post is theirs no more."""
    from zhiban.commands.contacts import answer  # noqa: PLC0415

    return answer(_opened(folder), FactKind.CONTACT_LEFT, address, by, json=json)
