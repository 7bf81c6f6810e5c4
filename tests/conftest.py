"""Profiles of hypothesis: quick by default, many examples at night; no deadline, for the machines are noisy.

And the real servers that cluster tests ask for: they start with the first test that does.
"""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from servers import database, kafka, postgres, prefix, server

from zhiban.words import VARIABLE, ask_for

HERE = Path(__file__).parent
# The cluster's clients are an extra: without them the rest is there all the same, and `make test-cluster` brings them.
collect_ignore = [] if find_spec("kafka") and find_spec("faust") else ["cluster"]
__all__ = ["database", "kafka", "postgres", "prefix", "server"]

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
settings.register_profile("fast", deadline=None, max_examples=60, suppress_health_check=_QUIET)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True, suppress_health_check=_QUIET)
settings.register_profile("thorough", deadline=None, max_examples=1000, suppress_health_check=_QUIET)
settings.register_profile("nightly", deadline=None, max_examples=3000, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "fast"))


@pytest.fixture
def in_english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Our screens speak English, as by `ZHIBAN_LANG`: for tests of what is said, not of the language."""
    with monkeypatch.context() as changed:
        changed.setenv(VARIABLE, "en")
        ask_for([])
        yield
    ask_for([])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything under `cluster` wants the cluster."""
    for item in items:
        if "cluster" in Path(item.path).relative_to(HERE).parts:
            item.add_marker(pytest.mark.cluster)
