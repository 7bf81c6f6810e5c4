"""A real Prometheus scrapes a running cluster: every panel of the board has an answer, and no alert cries wolf."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clusters import Cluster
from multiplex import PARTITIONS, city_of
from servers import ROOT, need, started

COMPOSE = ROOT / "compose"
KINDS = ("connectors", "agents", "desk", "senders")
# Nothing of these has happened yet in a city that is well: an empty answer is the right one.
QUIET = ("zhiban_looks_total", "zhiban_letters", "zhiban_oldest_unsent_seconds", "zhiban_round_failures_total")


class Prometheus:
    """A server that runs, by its API."""

    def __init__(self, port: int) -> None:
        self._api = f"http://127.0.0.1:{port}/api/v1"

    def ask(self, path: str, **words: str) -> Any:
        """The `data` of an answer; None while nobody is ready to. An expression that is wrong is an AssertionError."""
        try:
            with urllib.request.urlopen(f"{self._api}/{path}?{urllib.parse.urlencode(words)}", timeout=5) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it is starting
                return None
            raise AssertionError(f"{words}: {error.read().decode()}") from error
        except OSError:
            return None

    def values(self, expression: str) -> list[float]:
        """What an expression gives now."""
        data = self.ask("query", query=expression)
        return [float(one["value"][1]) for one in data["result"]] if data else []


def binary() -> str:
    """The one that is named, what `make compose` has fetched, or the machine's own; without any the test is skipped."""
    fetched = ROOT / ".stamps" / "promtool" / "usr" / "bin" / "prometheus"
    given = os.environ.get("ZHIBAN_TEST_PROMETHEUS") or (str(fetched) if fetched.exists() else None)
    if given is None:
        need("Prometheus (`make compose` fetches one)", "ZHIBAN_TEST_PROMETHEUS", "prometheus")
    return given or str(shutil.which("prometheus"))


@contextmanager
def scraping(folder: Path, web: int, ports: dict[str, int]) -> Iterator[Prometheus]:
    """A Prometheus with the rules that we give, at workers of this machine, once a second."""
    jobs = {"zhiban": {"web": web}, "zhiban-workers": ports}
    scraped = [
        {
            "job_name": job,
            "static_configs": [{"targets": [f"127.0.0.1:{at}"], "labels": {"worker": kind}} for kind, at in of.items()],
        }
        for job, of in jobs.items()
    ]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(COMPOSE / "prometheus" / "rules.yml")],
        "scrape_configs": scraped,
    }
    (folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    at = started().free_port()
    words = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([binary(), *words, f"--web.listen-address=127.0.0.1:{at}"], stdout=log, stderr=log) as server,
    ):
        try:
            yield Prometheus(at)
        finally:
            server.send_signal(signal.SIGTERM)


def expressions() -> list[str]:
    """Every expression of the board."""
    board = json.loads((COMPOSE / "grafana" / "dashboards" / "zhiban.json").read_text(encoding="utf-8"))
    return [one["expr"] for panel in board["panels"] for one in panel["targets"]]


def test_every_panel_is_filled_and_no_alert_fires(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    binary()
    web = started().free_port()
    cluster = Cluster(tmp_path / "city", kafka, postgres, prefix, partitions=PARTITIONS, more=f"[web]\nport = {web}\n")
    ports = {kind: started().free_port() for kind in KINDS}
    working = [cluster.start(kind, "--metrics-port", str(port)) for kind, port in ports.items()]
    working.append(cluster.start("web"))
    try:
        with scraping(tmp_path, web, ports) as prometheus:
            cluster.wait(lambda: prometheus.values("up") == [1.0] * 5, 90, "Prometheus reaches every worker")
            cluster.produce(city_of(60))
            cluster.await_read()
            for name in ("zhiban_findings_total", "zhiban_rule_steps_total"):  # a rate wants two readings
                cluster.wait(lambda name=name: prometheus.values(f"rate({name}[5m])") != [], 60, f"{name} is scraped")  # type: ignore[misc]
            empty = [one for one in expressions() if not prometheus.values(one)]
            rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    finally:
        for one in working:
            one.send_signal(signal.SIGTERM)
        for one in working:
            one.wait(timeout=60)
        cluster.close()
    assert [one for one in empty if not any(name in one for name in QUIET)] == []
    assert {rule["health"] for rule in rules} == {"ok"}
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []
    assert len(rules) > 5
