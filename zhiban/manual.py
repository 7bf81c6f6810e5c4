"""`--help`, and what is said of words that are no command, from our tables: the library itself speaks English only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cyclopts import App, CycloptsError, MissingArgumentError, UnknownCommandError, UnknownOptionError
from cyclopts.exceptions import CoercionError, UnusedCliTokensError
from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel

from zhiban.words import say

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions

_PANELS = {"command": "help.commands", "parameter": "help.parameters"}
_FLAGS = ("--help", "--version")
_NOTHING = (None, "", '""', "False")  # defaults that nobody has to be told
_TYPES = {"date": "type.date", "int": "type.int"}


class Manual(DefaultFormatter):
    """Writes help from our tables. An option that they do not have is a KeyError, which a test finds."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """One panel: its title, and the description of every option."""
        if panel.format == "parameter":
            panel = panel.copy(entries=[_described(entry) for entry in panel.entries])
        super().__call__(console, options, panel.copy(title=say(_PANELS[panel.format])))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """The line that shows how a command is written."""
        console.print(f"{say('help.usage')}: {usage}", highlight=False, markup=False)


def _described(entry: HelpEntry) -> HelpEntry:
    text = say(f"option.{entry.positional_label or entry.positive_names[0]}")
    if entry.default not in _NOTHING:
        text = say("help.default", text=text, default=entry.default)
    return entry.copy(description=text, default=None)


def speak(app: App) -> None:
    """Give every command its description in the language of our screens."""
    app.help = say("help")
    for name, command in _commands(app, ""):
        command.help = say(f"help.{name}")


def _commands(app: App, above: str) -> Iterator[tuple[str, App]]:
    for name in app:
        command = app[name]
        if name in _FLAGS:
            yield name, command
        elif not name.startswith("-"):
            yield f"{above}{name}", command
            yield from ((path, one) for path, one in _commands(command, f"{above}{name} ") if path not in _FLAGS)


def said_of(error: CycloptsError) -> str:
    """What was wrong with the words of a command line, in one line."""
    command = " ".join(error.command_chain or ())
    if isinstance(error, UnknownCommandError) and error.unused_tokens:
        return say("bad.command", name=" ".join([*([command] if command else []), error.unused_tokens[0]]))
    if isinstance(error, UnknownOptionError):
        return say("bad.option", name=error.token.keyword or error.token.value, command=command)
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        return say("bad.missing", name=error.argument.name, command=command)
    if isinstance(error, CoercionError) and error.token is not None and error.target_type is not None:
        name = error.token.keyword or (error.argument.name if error.argument is not None else "")
        wanted = error.target_type.__name__
        expected = say(_TYPES[wanted]) if wanted in _TYPES else wanted
        return say("bad.value", name=name, value=error.token.value, expected=expected)
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return say("bad.extra", name=error.unused_tokens[0], command=command)
    return say("bad.words", detail=" ".join(str(error).split()))
