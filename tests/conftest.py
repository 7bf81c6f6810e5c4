"""Profiles of hypothesis, and the real servers that cluster tests ask for: they start with the first test that does.

`HYPOTHESIS_PROFILE` names another profile than `fast` (`ci` where `CI` is set):

- `fast`: 30 examples, others every time. Those that take long (`tests/support/examples.py`) get half, unshrunk.
- `ci`: 30 examples, always the same. What fails is shown at once as it was found: to make it small may take minutes.
- `smallest`: the examples of `ci`, and what fails made as small as can be.
- `thorough`: 1,000; `nightly`: 3,000 (`make nightly`, for laws, batteries and contracts).

No example has a deadline, for the machines are noisy.
"""

import gc
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from servers import database, kafka, postgres, prefix, server

from zhiban.words import VARIABLE, ask_for

HERE = Path(__file__).parent
# The cluster's clients are an extra: without them the rest is there all the same, and `make test-cluster` brings them.
collect_ignore = [] if find_spec("kafka") and find_spec("faust") else ["cluster"]
collect_ignore += [] if find_spec("playwright") else ["zhiban/taps/test_in_a_browser.py"]
LONG = frozenset({"properties", "contracts", "scenarios"})  # many logs, many databases, long stories
__all__ = ["database", "kafka", "postgres", "prefix", "server"]

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
_UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)
_BASE = settings(deadline=None, suppress_health_check=_QUIET)
settings.register_profile("fast", _BASE, max_examples=30)
settings.register_profile("smallest", _BASE, max_examples=30, derandomize=True)
settings.register_profile("ci", settings.get_profile("smallest"), phases=_UNSHRUNK, print_blob=True)
settings.register_profile("thorough", _BASE, max_examples=1000)
settings.register_profile("nightly", _BASE, max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "fast"))


@pytest.fixture
def in_english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Our screens speak English, as by `ZHIBAN_LANG`: for tests of what is said, not of the language."""
    with monkeypatch.context() as changed:
        changed.setenv(VARIABLE, "en")
        ask_for([])
        yield
    ask_for([])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where `-m` leaves out the cluster, its tests and what they import are not even read, unless they are named."""
    left_out = "not cluster" in config.getoption("markexpr") and not any("cluster" in word for word in config.args)
    return True if left_out and collection_path == HERE / "cluster" else None


def pytest_collection_finish() -> None:
    """What collecting has made stays to the end: nobody need look through it again and again for garbage."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything under `cluster` wants the cluster; laws, contracts and scenarios are a step of their own."""
    for item in items:
        parts = Path(item.path).relative_to(HERE).parts
        if "cluster" in parts:
            item.add_marker(pytest.mark.cluster)
        if parts[0] in LONG and not any(item.get_closest_marker(name) for name in ("fault", "browser")):
            item.add_marker(pytest.mark.slow)
