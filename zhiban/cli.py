"""The command line. Exit codes: 0 done, 1 the check found something, 2 bad input (the message names it)."""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Parameter

from zhiban.cli_cluster import store_, topics, worker
from zhiban.cli_people import alerts, contacts, routes, silence
from zhiban.manual import Manual, said_of, speak
from zhiban.options import HERE, Flag, Folder
from zhiban.words import ask_for, configure, say

if TYPE_CHECKING:
    from zhiban.commands.opened import Opened
    from zhiban.config import Config

app = App(name="zhiban", help_formatter=Manual())
registry = App(name="registry")
channels = App(name="channels")
letters = App(name="sla")
messages = App(name="messages")
digests = App(name="digest")
for group in (registry, channels, topics, store_, letters, messages, alerts, silence, routes, contacts, digests):
    app.command(group)

app.command(worker)


def main() -> None:
    """Run the command that was asked for."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command and return its exit code; bad input is one line on stderr and 2."""
    try:
        words = ask_for(arguments)
        speak(app)
        result = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        print(f"zhiban: {said_of(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        from zhiban.commands.faults import BAD_INPUT, fault_in_words  # noqa: PLC0415 - `--help` must not wait for the store

        if not isinstance(error, BAD_INPUT):
            raise
        print(f"zhiban: {fault_in_words(error)}", file=sys.stderr)
        return 2
    return int(result or 0)


def _opened(folder: Path) -> Opened:
    from zhiban.commands.opened import Opened  # noqa: PLC0415

    return Opened(folder)


def _config(folder: Path) -> Config:
    from zhiban.config import load_config  # noqa: PLC0415

    config = load_config(folder / "zhiban.toml")
    configure(config.watch.language)
    return config


def _moment(text: str) -> datetime:
    from zhiban.commands.trying import when  # noqa: PLC0415

    return when(text)


@app.command
def demo(
    *, seed: int = 1, days: int = 14, keep: Path | None = None, json: Flag = False, without: tuple[str, ...] = (),
    kafka: tuple[str, ...] = (), store: str = "",
) -> int:  # fmt: skip
    """A synthetic city's fortnight, in a minute; with `kafka` and `store`, on a cluster."""
    from zhiban.commands.demo import demo as show  # noqa: PLC0415

    return show(seed, days, keep, without, kafka, store, json=json)


@app.command
def init(folder: Path) -> int:
    """Make a working directory with commented templates."""
    from zhiban.commands.init import init as make  # noqa: PLC0415

    return make(folder)


@app.command
def run(*, folder: Folder = HERE, verbose: Flag = False, trust_clock: Flag = False) -> int:
    """Keep watch."""
    from zhiban.commands.running import run as watch  # noqa: PLC0415
    from zhiban.logs import set_up_logs  # noqa: PLC0415

    set_up_logs(verbose=verbose)
    asyncio.run(watch(_config(folder), folder, trust_clock=trust_clock))
    return 0


@app.command
def poll(*, once: Flag = False, folder: Folder = HERE, verbose: Flag = False) -> int:
    """One round of what is due, then exit."""
    from zhiban.commands.running import poll_once  # noqa: PLC0415
    from zhiban.logs import set_up_logs  # noqa: PLC0415

    if not once:
        raise ValueError(say("bad.once"))
    set_up_logs(verbose=verbose)
    looks = asyncio.run(poll_once(_config(folder), folder))
    print(say("made", looks=looks), file=sys.stderr)
    return 0


@app.command(name="try")
def try_(*targets: str, connector: str = "", base_url: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """What Zhiban sees there, storing nothing."""
    from zhiban.commands.trying import try_command  # noqa: PLC0415

    return try_command(targets, connector, base_url, folder, json=json)


@app.command
def replay(
    *files: Path, registry: Path, sources: Path, until: str = "", json: Flag = False, state: str = "open",
    mapping: Path | None = None, folder: Folder = HERE,
) -> int:  # fmt: skip
    """Recorded responses through the pipeline at their own times."""
    from zhiban.commands.replay import replay as play  # noqa: PLC0415

    end = _moment(until) if until else None
    return play(files, [registry, sources], end, folder, state=state, json=json, mapping=mapping)


@app.command
def findings(
    *, at: str = "", state: str = "open", json: Flag = False, exit_code: Flag = False, folder: Folder = HERE
) -> int:
    """What is open, as of `at`."""
    return _opened(folder).findings(at, state, json=json, exit_code=exit_code)


@app.command
def looks(*, at: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """The last look of every source."""
    return _opened(folder).looks(at, json=json)


@app.command
def inspect(
    *, at: str = "", from_: Annotated[date | None, Parameter(name="--from")] = None, to: date | None = None,
    json: Flag = False, exit_code: Flag = False, folder: Folder = HERE,
) -> int:  # fmt: skip
    """Mock inspection, or a window's worst day."""
    return _opened(folder).inspect(at, from_, to, json=json, exit_code=exit_code)


@app.command
def forecast(*, on: date, json: Flag = False, folder: Folder = HERE) -> int:
    """What would be judged on that day if nothing changes."""
    return _opened(folder).forecast(on, json=json)


@app.command
def evidence(finding: str, *, out: Path | None = None, json: Flag = False, folder: Folder = HERE) -> int:
    """The recorded response that a finding cites."""
    return _opened(folder).evidence(finding, out, json=json)


@app.command
def quarantine(*, again: Flag = False, json: Flag = False, folder: Folder = HERE) -> int:
    """Pieces put aside; `again` gives back what can be read now."""
    return _opened(folder).quarantine(again=again, json=json)


@app.command
def rules(rule: str = "", *, json: Flag = False, folder: Folder = HERE) -> int:
    """What is judged, and why."""
    return _opened(folder).show_rules(rule, json=json)


@letters.default
def sla(
    *, at: str = "", unit: str = "", mailbox: str = "", since: date | None = None, audit: Flag = False,
    json: Flag = False, exit_code: Flag = False, folder: Folder = HERE,
) -> int:  # fmt: skip
    """Citizens' messages and their limits."""
    from zhiban.commands.letters import sla as show  # noqa: PLC0415

    return show(_opened(folder), at, unit, mailbox, since, audit=audit, json=json, exit_code=exit_code)


@letters.command(name="explain")
def sla_explain(message: str, *, at: str = "", mailbox: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """How a term was counted, day by day."""
    from zhiban.commands.letters import explain as show  # noqa: PLC0415

    return show(_opened(folder), message, at, mailbox, json=json)


@digests.default
def digest(
    *, week: str = "", out: Path | None = None, only: str = "", unit: str = "", supervisor: str = "",
    send: Flag = False, json: Flag = False, folder: Folder = HERE,
) -> int:  # fmt: skip
    """A week's digest."""
    from zhiban.commands.digest import digest as show  # noqa: PLC0415

    return show(_opened(folder), week, out, only, unit, supervisor, send=send, json=json)


@digests.command(name="readers")
def digest_readers(*, json: Flag = False, folder: Folder = HERE) -> int:
    """Who gets one, and who left."""
    from zhiban.commands.readers import readers  # noqa: PLC0415

    return readers(_opened(folder), json=json)


@digests.command(name="leave")
def digest_leave(to: str, *, channel: str = "", by: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """No more digests."""
    from zhiban.commands.readers import subscribe  # noqa: PLC0415

    return subscribe(_opened(folder), to, channel, by, wanted=False, json=json)


@digests.command(name="join")
def digest_join(to: str, *, channel: str = "", by: str = "", json: Flag = False, folder: Folder = HERE) -> int:
    """Digests again."""
    from zhiban.commands.readers import subscribe  # noqa: PLC0415

    return subscribe(_opened(folder), to, channel, by, wanted=True, json=json)


@app.command
def doctor(*, json: Flag = False, folder: Folder = HERE, network: Flag = False) -> int:
    """Configuration, database and surroundings."""
    from zhiban.commands.doctor import doctor as examine  # noqa: PLC0415

    return examine(folder, json=json, network=network)


@registry.command(name="import")
def registry_import(
    *files: Path, mapping: Path | None = None, json: Flag = False, exit_code: Flag = False, folder: Folder = HERE
) -> int:
    """Import registries and lists of sources."""
    return _opened(folder).registry_import(files, mapping, json=json, exit_code=exit_code)


@registry.command(name="check")
def registry_check(
    *files: Path, mapping: Path | None = None, json: Flag = False, exit_code: Flag = False, folder: Folder = HERE
) -> int:
    """What an import would change."""
    return _opened(folder).registry_check(files, mapping, json=json, exit_code=exit_code)


@messages.command(name="import")
def messages_import(
    file: Path, *, mapping: Path | None = None, mailbox: str = "", as_of: str = "", json: Flag = False,
    exit_code: Flag = False, folder: Folder = HERE,
) -> int:  # fmt: skip
    """Import a mailbox's export."""
    from zhiban.commands.messages import import_messages  # noqa: PLC0415

    return import_messages(_opened(folder), file, mapping, mailbox, as_of, json=json, exit_code=exit_code)


@messages.command(name="text")
def messages_text(message: str, *, json: Flag = False, folder: Folder = HERE) -> int:
    """The masked texts that are kept of a message."""
    from zhiban.commands.messages import show_texts  # noqa: PLC0415

    return show_texts(_opened(folder), message, json=json)


@channels.command(name="test")
def channels_test(channel: str, to: str = "", *, folder: Folder = HERE) -> int:
    """Send a test letter."""
    return _opened(folder).channels_test(channel, to)
