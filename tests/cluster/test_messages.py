"""`zhiban messages import` on PostgreSQL with several partitions: facts go into the log that the relay reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tables import write_csv

from agents._pack import build
from streams.agent import Agent
from streams.partitions import partition_of
from streams.ports.store import open_store
from zhiban.cli import run_command
from zhiban.wiring import load_pack

PARTITIONS = 3


def test_import_into_a_cluster_s_database(postgres: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "zhiban.toml").write_text(
        f'[watch]\nstore = "{postgres}"\n[cluster]\nkafka = ["127.0.0.1:1"]\npartitions = {PARTITIONS}\n'
    )
    rows = [(str(n), "2025-05-06 09:00", "2025-05-07 09:00" if n % 2 else "") for n in range(500)]
    path = write_csv(tmp_path / "letters.csv", [("id", "asked_at", "answered_at"), *rows])
    told = ["messages", "import", str(path), "-C", str(tmp_path), "--as-of", "2025-06-01", "--json"]
    assert run_command(told) == 0
    assert json.loads(capsys.readouterr().out)["events"] == 750
    assert run_command(told) == 0
    assert json.loads(capsys.readouterr().out)["written"] == 0
    store = open_store(postgres)
    agent = Agent(store, build(load_pack(("national-2019",)), {}))
    for partition in range(PARTITIONS):
        while agent.catch_up(partition):
            pass
    with store.read() as tx:
        assert tx.partition_count() == PARTITIONS
        cases = [case for _, _, case in tx.cases(datetime(2100, 1, 1, tzinfo=UTC))]
        position, _ = tx.progress(partition_of("mailbox", PARTITIONS))
    store.close()
    assert len(cases) == 500
    assert sum(case.is_waiting for case in cases) == 250
    assert position.offset >= 4
