"""The console, by rich: what is urgent stands out, and nothing that a page says is taken for markup."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.theme import Theme

from streams.outgoing import Answer, Print

_STYLES = Theme({
    "letter.bad": "bold red",
    "letter.soon": "bold yellow",
    "letter.good": "green",
    "letter.unsure": "cyan",
    "letter.url": "blue underline",
})  # fmt: skip


class _Letters(RegexHighlighter):
    base_style = "letter."
    highlights: ClassVar[list[str]] = [
        r"(?P<unsure>^(?:【[^】\n]{1,8}】|\[[a-z ]{1,12}\]))",
        r"(?P<bad>^(?:【(?:单项否决|超期)】|\[(?:veto|breach)\]))",
        r"(?P<soon>^(?:【(?:临期|提醒)】|\[(?:due soon|reminder)\]))",
        r"(?P<good>^(?:【已解除】|\[resolved\]))",
        r"(?P<url>https?://\S+)",
    ]


class ConsolePort:
    """Prints letters. Of the styles that fit the subject's mark, the last one shows."""

    def __init__(self, console: Console | None = None) -> None:
        """Print on `console`; by default on standard output, with colour only on a terminal."""
        self._console = console or Console()
        self._letters = _Letters()

    async def send(self, outgoing: Print) -> Answer:
        """Print one letter."""
        text = self._letters(outgoing.text)
        with self._console.use_theme(_STYLES):
            self._console.print(text, soft_wrap=True)
        return Answer(code=200)
