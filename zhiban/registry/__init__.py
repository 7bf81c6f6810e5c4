"""The registry (名录): who is inspected, and what is read of them, from spreadsheets into facts of the log."""

from zhiban.registry.difference import Change, Difference, Drift, Event, Scope, difference
from zhiban.registry.importing import Import, read_registry
from zhiban.registry.known import Known, about, applied
from zhiban.registry.mapping import Mapping, load_mapping, parse_mapping
from zhiban.registry.remarks import Notice, Refusal, Unmapped

__all__ = [
    "Change",
    "Difference",
    "Drift",
    "Event",
    "Import",
    "Known",
    "Mapping",
    "Notice",
    "Refusal",
    "Scope",
    "Unmapped",
    "about",
    "applied",
    "difference",
    "load_mapping",
    "parse_mapping",
    "read_registry",
]
