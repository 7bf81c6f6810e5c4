"""Every worker answers /healthz and /metrics on a port of its own, where it is given one."""

from __future__ import annotations

import json
import signal
import urllib.request
from pathlib import Path

import pytest
from asking import TOKEN
from clusters import Cluster
from multiplex import PARTITIONS, city_of
from prometheus_client.parser import text_string_to_metric_families
from servers import started

from zhiban.cluster.commands import run_worker
from zhiban.cluster.pulse import Pulse

KINDS = ("connectors", "agents", "desk", "senders")


def read(port: int, path: str) -> tuple[int, str]:
    try:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except OSError:
        return 0, ""


def samples(port: int) -> dict[str, float]:
    """What is scraped, summed over its labels."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(read(port, "/metrics")[1]):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def test_each_worker_tells_what_passed_in_it(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    at = started().free_port()
    web = f'[web]\nport = {at}\ntoken = "{TOKEN}"\n'
    cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=PARTITIONS, more=web)
    ports = {kind: started().free_port() for kind in KINDS}
    working = [cluster.start(kind, "--metrics-port", str(port)) for kind, port in ports.items()]
    working.append(cluster.start("web"))
    try:
        for kind, port in ports.items():
            cluster.wait(lambda port=port: read(port, "/healthz")[0] == 200, 60, f"{kind} is well")  # type: ignore[misc]
        cluster.produce(city_of(60))
        cluster.await_read()
        told = {kind: samples(port) for kind, port in ports.items()}
        whole = samples(at)
        cluster.wait(lambda: read(at, "/api/v1/subjects")[0] == 200, 60, "the API answers")
        subjects = json.loads(read(at, "/api/v1/subjects")[1])
    finally:
        for one in working:
            one.send_signal(signal.SIGTERM)
        ends = [one.wait(timeout=60) for one in working]
        cluster.close()
    assert ends[:4] == [0, 0, 0, 0]
    assert ends[4] in {0, -signal.SIGTERM}  # uvicorn hands on the signal when it is done
    assert subjects["total"] > 30
    assert {
        "zhiban_watermark_age_seconds",
        "zhiban_log_lag_records",
        "zhiban_tick_age_seconds",
        "zhiban_sources",
        "zhiban_lease_held",
    } <= whole.keys()
    assert told["agents"]["zhiban_findings_total"] > 60
    assert told["agents"]["zhiban_rule_steps_total"] > 10
    assert 0 < told["agents"]["zhiban_rule_seconds_total"] < 10
    for kind in KINDS:
        assert told[kind]["zhiban_database_connections"] >= 1
        assert told[kind]["zhiban_database_connections_most"] == 15
        assert told[kind]["zhiban_database_waits_total"] == 0
        assert "zhiban_watermark_age_seconds" not in told[kind]  # the web worker tells it, for all


@pytest.mark.usefixtures("in_english")
def test_a_port_that_is_taken_is_named(
    kafka: str, postgres: str, prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = Cluster(tmp_path, kafka, postgres, prefix)
    port = started().free_port()
    with started().socket.create_server(("127.0.0.1", port)), pytest.raises(Exception, match=rf"127.0.0.1:{port}"):
        run_worker("desk", tmp_path, port)
    cluster.close()


def test_work_that_does_not_end_well_is_a_fault() -> None:
    pulse = Pulse(long=-1)
    assert pulse.fault() == ""
    with pytest.raises(OSError, match="away"), pulse.owing("poller"):
        raise OSError("away")
    assert "poller" in pulse.fault()
    assert Pulse().owed("batch", lambda number: number + 1)(1) == 2
    with pulse.owing("poller"):
        assert "poller" in pulse.fault()
    assert pulse.fault() == ""
