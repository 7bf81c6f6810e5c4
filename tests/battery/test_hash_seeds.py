"""The same input gives the same output, to the byte, under any hash seed: here, and in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.codec import encode
from tests.battery import test_channels, test_rule_histories, test_rules

pytestmark = pytest.mark.slow  # processes of their own
ROOT = Path(__file__).resolve().parents[2]
SAYS: dict[str, Callable[[], bytes]] = {
    "letters": test_channels.everything,
    "histories": lambda: json.dumps(test_rule_histories.history(), default=str).encode(),
    "ledgers": lambda: encode(test_rules.ledgers()),
}
PROGRAM = "from tests.battery import test_hash_seeds; test_hash_seeds.main()"


def main() -> None:
    """Everything, on standard output."""
    print(json.dumps({name: says().decode() for name, says in SAYS.items()}))


@pytest.fixture(scope="module")
def told() -> list[dict[str, str]]:
    """What is said under two hash seeds, each in a process of its own."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "4711")
    ]
    said = [json.loads(run.communicate()[0]) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    return said


@pytest.mark.parametrize("name", SAYS)
def test_same_input_same_output_under_any_hash_seed(name: str, told: list[dict[str, str]]) -> None:
    here = SAYS[name]().decode()
    assert [one[name] for one in told] == [here, here]


def test_much_is_said() -> None:
    assert len(test_rule_histories.history()) > 10
