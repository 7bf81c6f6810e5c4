"""Choices inside a composite strategy. Hypothesis examines every new strategy before it draws from it, which takes
longer than the draw: here equal choices are one strategy."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


@lru_cache(maxsize=None, typed=True)  # 0 and False are not one choice
def _of(*values: T) -> st.SearchStrategy[T]:
    return st.sampled_from(values)


def pick(draw: st.DrawFn, *values: T) -> T:
    """One of these values."""
    choice: st.SearchStrategy[T] = _of(*values)
    return draw(choice)


def flip(draw: st.DrawFn) -> bool:
    """Yes or no."""
    return draw(_EITHER)


_EITHER = st.booleans()
