"""The files of `compose/`: what can be held of them without an engine to run them."""

from __future__ import annotations

import json
import re
from pathlib import Path

COMPOSE = Path(__file__).parents[2] / "compose"
OURS = re.compile(r"zhiban_[a-z_]+")
# Where each metric of ours is declared.
SOURCES = [Path(__file__).parents[2] / "zhiban" / name for name in ("metrics.py", "ruletime.py", "cluster/gauges.py")]
# What issue 4 asks to see: lag, watermark, late looks, the oldest unsent letter, the database pool, time of each rule.
ASKED = {
    "zhiban_log_lag_records",
    "zhiban_watermark_age_seconds",
    "zhiban_looks_late",
    "zhiban_oldest_unsent_seconds",
    "zhiban_database_connections",
    "zhiban_rule_seconds_total",
}


def metrics() -> set[str]:
    """Every metric that the code declares; counters end in `_total` when they are asked for."""
    texts = [path.read_text(encoding="utf-8") for path in SOURCES]
    declared = {name for text in texts for name in re.findall(r'"(zhiban_[a-z_]+)"', text)}
    return declared | {f"{name}_total" for name in declared}


def test_the_board_shows_metrics_that_there_are() -> None:
    board = json.loads((COMPOSE / "grafana" / "dashboards" / "zhiban.json").read_text(encoding="utf-8"))
    asked = {name for panel in board["panels"] for one in panel["targets"] for name in OURS.findall(one["expr"])}
    assert asked <= metrics()
    assert asked >= ASKED


def test_the_rules_watch_metrics_that_there_are() -> None:
    text = (COMPOSE / "prometheus" / "rules.yml").read_text(encoding="utf-8")
    asked = set(OURS.findall(text))
    assert asked <= metrics()
    assert asked >= {name.replace("watermark", "tick") for name in ASKED - {"zhiban_database_connections"}}


def test_every_alert_is_tried_by_promtool() -> None:
    """`make compose` runs both files through promtool; here it is held that no alert is left out."""
    rules, tests = (
        (COMPOSE / "prometheus" / name).read_text(encoding="utf-8") for name in ("rules.yml", "rules_test.yml")
    )
    alerts = set(re.findall(r"- alert: (\w+)", rules))
    assert len(alerts) > 10
    assert {name for name in alerts if name not in tests} == set()


def test_every_worker_is_asked_how_it_is_and_scraped() -> None:
    compose = (COMPOSE / "kafka.yaml").read_text(encoding="utf-8")
    scraped = (COMPOSE / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    for kind in ("connectors", "agents", "desk", "senders"):
        assert f'command: ["worker", "{kind}", "--metrics-port", "8788"]' in compose
        assert kind in re.findall(r"\w+", re.findall(r"names: (.+)", scraped)[0])
    assert "port: 8788" in scraped
    assert "127.0.0.1:8788/healthz" in compose


def test_no_service_runs_as_root_or_listens_beyond_loopback() -> None:
    for name in ("compose.yaml", "kafka.yaml"):
        ports = re.findall(r'- "([^"]+:\d+:\d+)"', (COMPOSE / name).read_text(encoding="utf-8"))
        assert ports
        assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "USER zhiban" in (COMPOSE / "Dockerfile").read_text(encoding="utf-8")
    for unit in (COMPOSE / "systemd").glob("*.service"):
        assert {"User=zhiban", "NoNewPrivileges=yes", "Restart=always"} <= set(unit.read_text().splitlines())
