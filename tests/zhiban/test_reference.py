"""The reference pages say what the code says, and the check names those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.catalogue import catalogue, rule_id
from zhiban.reference import MADE, main, pages, stale


def test_what_is_committed_is_what_the_code_says() -> None:
    assert stale(Path(__file__).parents[2] / "docs" / "reference") == []


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


def test_every_plug_in_and_key_is_there(made: dict[str, str]) -> None:
    for package, page in (("connectors", "connectors.md"), ("alerts.channels", "channels.md")):
        assert all(f"## {name}\n" in made[page] for name in catalogue(package))
    assert all(f"## {rule_id(name)} " in made["rules.md"] for name in catalogue("agents"))
    assert '| `limit` | `Limit` | `"14d"` *official* |' in made["rules.md"]
    assert "LOCAL-MED-10D" in made["rules.md"]
    for key in ("`store`", "`authorised`", "`morning`", "`go_on`", "`dsn`"):
        assert f"| {key} |" in made["configuration.md"]


def test_the_check_names_stale_missing_and_left_over_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "rules.md").write_text("old", encoding="utf-8")
    (tmp_path / "channels.md").unlink()
    (tmp_path / "gone.md").write_text(MADE, encoding="utf-8")
    (tmp_path / "by-hand.md").write_text("# Ours", encoding="utf-8")
    assert main(["--check", str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [Path(line.partition(":")[0]).name for line in said] == ["rules.md", "channels.md", "gone.md"]


def test_a_comment_stands_beside_its_own_field(made: dict[str, str]) -> None:
    assert '| `store` | `str` | `"sqlite:///zhiban.db"` |  |' in made["configuration.md"]
    assert "| `morning` | `int` | `9` | o'clock, Shanghai |" in made["configuration.md"]
    assert "| `share_of` | `int` | `5` *official* | failures in a hundred" in made["rules.md"]
