"""The rule's protocol: a law that is told what was seen and when, and answers what follows. It never asks the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import msgspec

from streams.findings import Finding, Verdict
from streams.looks import Item, Look
from streams.messages import Case
from streams.records import Changed, Fact, Off, Tally
from streams.subjects import Source, Subject


class Wake(msgspec.Struct, frozen=True, gc=False):
    """A part's due moment came. `due` is that moment, `at` the row's clock when it fired (never before `due`)."""

    due: datetime
    at: datetime


class Seen(msgspec.Struct, frozen=True, gc=False):
    """A look as a source's parts are told of it: with log time, and the items that are new to the subject's index."""

    look: Look
    at: datetime  # log time
    new: tuple[Item, ...] = ()


class Told(msgspec.Struct, frozen=True, gc=False):
    """A fact as the parts are told of it: with log time, and the subject and source as they stand after it."""

    fact: Fact
    at: datetime
    subject: Subject
    source: Source | None
    cases: tuple[Case, ...] = ()  # the messages that the fact says something new of, with all that is known of them


class Counted(msgspec.Struct, frozen=True, gc=False):
    """A tally with log time."""

    tally: Tally
    at: datetime


class Revised(msgspec.Struct, frozen=True, gc=False):
    """A new version is in force, with log time and the subject and source as they stand."""

    changed: Changed
    at: datetime
    subject: Subject
    source: Source | None


class Paused(msgspec.Struct, frozen=True, gc=False):
    """We were off; log time is the record's."""

    off: Off
    at: datetime


Given = Seen | Counted | Told | Finding | Revised | Paused | Wake


@runtime_checkable
class Rule(Protocol):
    """One rule at one stage. Its fields are its settings; its docstring is its documentation; pure in every method.

    Stage 1 judges one source, stage 2 one subject, from the findings of stage 1.

    Its state is a frozen msgspec Struct, nested in the class under the name `State`. A rule whose class says
    `steady = True` promises that a good look which shows the same level as the last one, before its due and with
    nothing asked for, would leave its verdict and its due as they are: it is then not stepped at all.
    """

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Whether a part is made for this source (stage 1), or for this subject (stage 2, source is None)."""
        ...

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """The state of a new part, when the source was added at log time `at`."""
        ...

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """The next state, and what holds from now on. No verdict means: as before."""
        ...

    def due(self, state: Any) -> datetime | None:
        """When to be woken if nothing is seen; later than the wake just given, or None."""
        ...


class Rules:
    """A version of the laws: which rule stands at which stage, in the order in which they are asked."""

    def __init__(self, version: str, laws: Iterable[tuple[str, int, Rule]]) -> None:
        """`laws` are (rule id, stage, rule); raises ValueError where one (id, stage) is given twice."""
        ordered = sorted(laws, key=lambda law: (law[1], law[0]))
        self.version = version
        self.laws: dict[tuple[int, str], Rule] = {(stage, name): rule for name, stage, rule in ordered}
        self.steady = frozenset(key for key, rule in self.laws.items() if getattr(rule, "steady", False))
        if len(self.laws) != len(ordered):
            message = f"rules {version}: a rule stands twice at one stage: {[law[:2] for law in ordered]}"
            raise ValueError(message)

    @cached_property
    def decode_state(self) -> Mapping[tuple[int, str], Callable[[bytes], msgspec.Struct]]:
        """What reads the state of a part again, by its (stage, rule id)."""
        return {key: msgspec.json.Decoder(state_type(rule)).decode for key, rule in self.laws.items()}

    def of_stage(self, stage: int) -> list[tuple[str, Rule]]:
        """The (id, rule) of one stage, by id."""
        return [(name, rule) for (at, name), rule in self.laws.items() if at == stage]


def state_type(rule: Rule) -> type[msgspec.Struct]:
    """The rule's state type; raises TypeError that names the rule where it has none."""
    found = getattr(rule, "State", None)
    if not (isinstance(found, type) and issubclass(found, msgspec.Struct)):
        raise TypeError(f"{type(rule).__name__}: expected a nested msgspec Struct `State`, found {found!r}")
    return found


def is_told(rule: Rule, state: Any) -> bool:
    """Whether the rule judges at the wake: its source tells us by itself, so there is nothing to look at.

    A rule says so of all its sources by `told = True`, or of each by a method `is_told(state)`.
    """
    asked = getattr(rule, "is_told", None)
    return bool(asked(state)) if callable(asked) else getattr(rule, "told", False) is True
