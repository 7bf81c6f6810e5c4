"""The files of `compose/`: what can be held of them without an engine to run them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

COMPOSE = Path(__file__).parents[2] / "compose"
OURS = re.compile(r"zhiban_[a-z_]+")
# Where each metric of ours is declared.
SOURCES = [Path(__file__).parents[2] / "zhiban" / name for name in ("metrics.py", "cluster/gauges.py")]


def metrics() -> set[str]:
    """Every metric that the code declares; counters end in `_total` when they are asked for."""
    texts = [path.read_text(encoding="utf-8") for path in SOURCES]
    declared = {name for text in texts for name in re.findall(r'"(zhiban_[a-z_]+)"', text)}
    return declared | {f"{name}_total" for name in declared}


def test_the_board_shows_metrics_that_there_are() -> None:
    board = json.loads((COMPOSE / "grafana" / "dashboards" / "zhiban.json").read_text(encoding="utf-8"))
    asked = {name for panel in board["panels"] for one in panel["targets"] for name in OURS.findall(one["expr"])}
    assert asked <= metrics()
    assert len(asked) > 8


def test_the_rules_watch_metrics_that_there_are() -> None:
    text = (COMPOSE / "prometheus" / "rules.yml").read_text(encoding="utf-8")
    asked = {name for line in text.splitlines() if "expr:" in line for name in OURS.findall(line)}
    assert asked <= metrics()
    assert len(asked) > 4


@pytest.mark.cluster
@pytest.mark.parametrize("words", [("config", "prometheus.yml"), ("rules", "rules.yml")])
def test_promtool_finds_nothing_wrong(words: tuple[str, str]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: Debian's package prometheus has it")
    command = [promtool, "check", words[0], words[1]]
    done = subprocess.run(command, capture_output=True, text=True, cwd=COMPOSE / "prometheus", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_service_runs_as_root_or_listens_beyond_loopback() -> None:
    for name in ("compose.yaml", "kafka.yaml"):
        ports = re.findall(r'- "([^"]+:\d+:\d+)"', (COMPOSE / name).read_text(encoding="utf-8"))
        assert ports
        assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "USER zhiban" in (COMPOSE / "Dockerfile").read_text(encoding="utf-8")
    for unit in (COMPOSE / "systemd").glob("*.service"):
        assert {"User=zhiban", "NoNewPrivileges=yes", "Restart=always"} <= set(unit.read_text().splitlines())
