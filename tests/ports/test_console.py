"""The console port on a console that records."""

from __future__ import annotations

from io import StringIO

import pytest
from letters import AT, letter
from rich.console import Console as RichConsole

from alerts.channels.console import Console
from streams.outgoing import Print
from streams.ports.console import ConsolePort


async def printed(*, colour: bool, **changes: object) -> str:
    out, composed = StringIO(), Console().compose(letter(**changes), AT)
    assert isinstance(composed, Print)
    console = RichConsole(file=out, force_terminal=colour, color_system="standard" if colour else None, width=60)
    assert (await ConsolePort(console).send(composed)).code == 200
    return out.getvalue()


async def test_markup_and_escapes_of_a_title_are_printed_or_dropped_never_obeyed() -> None:
    shown = await printed(colour=False, title="[red]题[/red][/] [link=https://x.example]点[/link] \x1b[2J\x07\u202e完")
    assert "[red]题[/red][/] [link=https://x.example]点[/link] [2J完" in shown
    assert "\x1b" not in shown


async def test_long_lines_are_left_to_the_terminal() -> None:
    assert "长" * 300 in await printed(colour=False, lines=("长" * 300,))


@pytest.mark.parametrize(
    ("subject", "style"), [("【单项否决】题", "1;31"), ("【临期】题", "1;33"), ("【已解除】题", "32")]
)
async def test_what_is_urgent_stands_out(subject: str, style: str) -> None:
    assert f"\x1b[{style}m【" in await printed(colour=True, subject=subject)
