"""A letter as plain text: what the console prints, and the text part of a mail."""

from __future__ import annotations

from alerts.letter import Letter, Point


def as_text(letter: Letter) -> str:
    """The whole letter, without its subject line."""
    blocks = [letter.intro, *(_point(point, number) for number, point in enumerate(letter.points, 1)), letter.outro]
    return "\n\n".join(block for block in blocks if block)


def _point(point: Point, number: int) -> str:
    lines = [f"{number}. {point.title}", *(f"   {line}" for line in point.lines)]
    if point.clause:
        lines.append(f"   “{point.clause}”")
    if point.url:
        lines.append(f"   {point.url}")
    return "\n".join(lines)
