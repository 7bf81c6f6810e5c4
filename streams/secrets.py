"""A secret: text that never shows itself in a repr, a log line or an error."""

from __future__ import annotations


class Secret:
    """Holds a secret. `reveal` is the only way to it; two secrets compare by value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Keep `value`."""
        self._value = value

    def reveal(self) -> str:
        """The value itself, to be used and not kept."""
        return self._value

    def __repr__(self) -> str:
        """Stars, whatever the value."""
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        """Equal where the values are."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """Of the value."""
        return hash(self._value)

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._value)
