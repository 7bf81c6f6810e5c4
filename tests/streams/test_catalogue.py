"""The catalogue: one module, one class, and a loud word where that is not so."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.catalogue import CatalogueError, catalogue, rule_id


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """An empty package `plugs` that can be imported."""
    home = tmp_path / "plugs"
    home.mkdir()
    (home / "__init__.py").write_text("")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    yield home
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "plugs"]:
        del sys.modules[name]


def test_modules_are_found_by_name_and_their_states_are_not_plug_ins(package: Path) -> None:
    (package / "web_avail.py").write_text("class Visits: ...\nclass WebAvail: ...\n")
    (package / "own_off.py").write_text("class OwnOff: ...\n")
    found = catalogue("plugs")
    assert {name: cls.__name__ for name, cls in found.items()} == {"own_off": "OwnOff", "web_avail": "WebAvail"}


def test_private_modules_and_packages_are_no_plug_ins(package: Path) -> None:
    (package / "_shared.py").write_text("raise RuntimeError\n")
    (package / "packs").mkdir()
    (package / "packs" / "__init__.py").write_text("")
    assert catalogue("plugs") == {}


@pytest.mark.parametrize(
    ("text", "defines"), [("", "none"), ("class Other: ...", "Other"), ("from pathlib import Path as Odd", "none")]
)
def test_a_module_without_its_class_is_named(package: Path, text: str, defines: str) -> None:
    (package / "odd.py").write_text(text)
    with pytest.raises(
        CatalogueError, match=rf"plugs\.odd: expected one class named like the module, it defines {defines}"
    ):
        catalogue("plugs")


def test_two_classes_of_one_name_are_one_too_many(package: Path) -> None:
    (package / "odd.py").write_text("class Odd: ...\nclass ODD: ...\n")
    with pytest.raises(CatalogueError, match="ODD, Odd"):
        catalogue("plugs")


def test_a_module_that_cannot_be_imported_is_heard(package: Path) -> None:
    (package / "odd.py").write_text("import no_such_module_anywhere\n")
    with pytest.raises(ModuleNotFoundError):
        catalogue("plugs")


def test_what_ships_is_found() -> None:
    assert set(catalogue("connectors")) == {"account", "column", "feed", "mailbox", "probe", "sitemap"}
    assert "med_stale" in catalogue("agents", "zhiban.rules")
    chats = {"dingtalk_robot", "feishu_robot", "wecom_app", "wecom_robot"}
    others = {"apprise", "sentry", "sms", "voice"}
    assert set(catalogue("alerts.channels")) == {"console", "email", "telegram", "webhook"} | chats | others


def test_the_id_is_the_module_s_name() -> None:
    assert rule_id("web_col_stale") == "WEB-COL-STALE"
