"""Packs: strict keys, overlays over their base, local rules, official values that only a pack may change."""

from __future__ import annotations

import pytest

from agents._pack import Pack, PackError, build, parse_packs
from agents.med_neardue import MedNeardue
from agents.med_stale import MedStale
from agents.own_off import OwnOff
from agents.web_col_long import WebColLong
from streams.catalogue import catalogue, rule_id
from streams.days import Limit
from zhiban.wiring import load_pack, load_rules

BASE = """
name = "base"
version = "1"
title = "底本"

[rules.MED-STALE]
title = "不更新"
clause = "2周内无更新。"
type = "V"
source = "[S0]"
settings = { limit = "14d" }

[rules.MED-NEARDUE]
title = "临期"
settings = { limit = "14d" }

[rules.OWN-OFF]
title = "中断"

[rules.OWN-INCIDENT]
title = "故障"
"""
HEAD = 'name = "over"\nversion = "7"\ntitle = "地方"\nbase = "base"\n'


def packed(*overlays: str) -> Pack:
    return parse_packs([("base.toml", BASE), *((f"over{n}.toml", text) for n, text in enumerate(overlays, 1))])


def law(pack: Pack, name: str) -> object:
    return build(pack, {}).laws[1, name]


def test_the_national_pack_has_every_rule_with_clause_and_source() -> None:
    pack = load_pack(("national-2019",))
    for name in catalogue("agents"):
        entry = pack.rules[rule_id(name)]
        assert entry.title
        assert entry.source
        assert entry.type in {"V", "D", "R", "K", "OWN"}
        assert entry.advice
        if entry.type != "OWN":
            assert entry.clause
            assert entry.window
    assert build(pack, {}).laws.keys() >= {(1, rule_id(name)) for name in catalogue("agents")}


@pytest.mark.parametrize("names", [("national-2019",), ("national-2019", "hanzhong")])
def test_points_that_nobody_confirmed_are_not_invented(names: tuple[str, ...]) -> None:
    assert {entry.points for entry in load_pack(names).rules.values()} == {None}


def test_an_overlay_changes_what_it_names_and_nothing_else() -> None:
    over = packed(HEAD + '[rules.MED-STALE]\nsettings = { limit = "10d" }')
    assert law(over, "MED-STALE") == MedStale(limit=Limit(10))
    assert law(over, "MED-NEARDUE") == MedNeardue(limit=Limit(14))
    entry = over.rules["MED-STALE"]
    assert (entry.title, entry.clause, entry.source) == ("不更新", "2周内无更新。", "[S0]")


def test_settings_merge_key_by_key() -> None:
    national, over = load_pack(("national-2019",)), load_pack(("national-2019", "hanzhong"))
    below, above = law(national, "WEB-COL-LONG"), law(over, "WEB-COL-LONG")
    assert isinstance(below, WebColLong)
    assert isinstance(above, WebColLong)
    assert (above.limits, above.veto) == (below.limits, below.veto)
    assert (below.notices, above.notices) == ({}, {"interpretation": Limit(months=6), "disclosure": Limit(months=6)})


def test_overlays_stand_upon_each_other() -> None:
    second = HEAD.replace('"over"', '"more"') + '[rules.MED-STALE]\nsettings = { limit = "9d" }'
    third = second.replace('base = "base"', 'base = "over"')
    for text in (second, third):
        pack = packed(HEAD + '[rules.MED-STALE]\nsettings = { limit = "10d" }', text)
        assert law(pack, "MED-STALE") == MedStale(limit=Limit(9))
        assert pack.version == "1+over-7+more-7"


def test_a_local_rule_is_like_one_that_there_is() -> None:
    local = '[rules.LOCAL-9]\ntitle = "九日"\nlike = "MED-NEARDUE"\nsettings = { limit = "9d", amber = 6, red = 8 }'
    assert law(packed(HEAD + local), "LOCAL-9") == MedNeardue(limit=Limit(9), amber=6, red=8)


def test_a_rule_can_be_switched_off() -> None:
    off = packed(HEAD + "[rules.MED-STALE]\nenabled = false")
    assert (1, "MED-STALE") not in build(off, {}).laws
    assert (1, "MED-STALE") not in build(packed(), {}, without=("MED-STALE",)).laws


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[rules.MED-STALE]\npionts = 5", ("over1.toml", "MED-STALE", "`pionts`")),
        ('[rules.NEW]\nclause = "无标题"', ("over1.toml", "title")),
        ("colour = 3", ("over1.toml", "colour")),
        ("[rules", ("over1.toml",)),
        ("[rules.MED-STALE]\ntitle = 3", ("over1.toml", "title")),
    ],
)
def test_a_fault_in_an_overlay_names_file_and_key(text: str, named: tuple[str, ...]) -> None:
    with pytest.raises(PackError) as error:
        packed(HEAD + text)
    for word in named:
        assert word in str(error.value)


def test_a_fault_in_the_base_names_the_base_under_an_overlay() -> None:
    with pytest.raises(PackError, match=r"base\.toml: \[rules\.OWN-OFF\] unknown key `extra`"):
        parse_packs([("base.toml", BASE.replace('"中断"', '"中断"\nextra = 1')), ("over.toml", HEAD)])


def test_a_base_that_is_not_there_is_refused() -> None:
    with pytest.raises(PackError, match=r"`base` is 'base', expected none"):
        parse_packs([("over.toml", HEAD)])
    with pytest.raises(PackError, match=r"`base` is 'other', expected base"):
        packed(HEAD.replace('base = "base"', 'base = "other"'))
    with pytest.raises(PackError, match="expected base"):
        packed('name = "second"\nversion = "1"\ntitle = "又一底本"')


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('limit = "14x"', "`limit`.*14x"),
        ("limit = 14", "`limit`"),
        ("limits = {}", "unknown key `limits`, expected one of limit"),
        ('limit = "14d", closing_must_update = "no"', "`closing_must_update`"),
    ],
)
def test_a_setting_that_cannot_be_names_rule_and_key(settings: str, message: str) -> None:
    pack = packed(HEAD + f"[rules.MED-STALE]\nsettings = {{ {settings} }}")
    with pytest.raises(PackError, match=r"\[rules\.MED-STALE\] " + message):
        build(pack, {})


def test_a_setting_that_is_missing_is_named() -> None:
    text = BASE.replace('settings = { limit = "14d" }', "", 1)
    with pytest.raises(PackError, match=r"\[rules\.MED-STALE\].*limit"):
        build(parse_packs([("base.toml", text)]), {})


@pytest.mark.parametrize("text", ['like = "MED-STAEL"', 'settings = { limit = "3d" }'])
def test_a_rule_that_nothing_would_apply_is_refused(text: str) -> None:
    with pytest.raises(PackError, match=r"LOCAL-1\] there is no rule"):
        build(packed(HEAD + f'[rules.LOCAL-1]\ntitle = "本地"\n{text}'), {})


@pytest.mark.parametrize("value", ["10d", "14d"])
def test_the_configuration_may_not_touch_official_values(value: str) -> None:
    with pytest.raises(PackError, match=r"\[rules\.MED-STALE\] `limit`: an official value"):
        build(packed(), {"MED-STALE": {"limit": value}})
    with pytest.raises(PackError, match=r"\[rules\.WEB-AVAIL\] `probes`"):
        load_rules(("national-2019",), {"WEB-AVAIL": {"probes": 5}})
    with pytest.raises(PackError, match=r"`amber`: an official value"):
        load_rules(("national-2019", "hanzhong"), {"LOCAL-MED-10D": {"amber": 5}})


def test_the_configuration_may_change_our_own_steps() -> None:
    rules = build(packed(), {"MED-NEARDUE": {"amber": 8, "red": 11}, "OWN-OFF": {"round": "30m"}})
    assert rules.laws[1, "MED-NEARDUE"] == MedNeardue(limit=Limit(14), amber=8, red=11)
    found = rules.laws[1, "OWN-OFF"]
    assert isinstance(found, OwnOff)
    assert found.round.total_seconds() == 1800


@pytest.mark.parametrize(
    ("rule", "settings", "message"),
    [
        ("MED-STAEL", {}, "no such rule in pack base"),
        ("MED-NEARDUE", {"ambre": 8}, "unknown key `ambre`, expected one of limit, closing_must_update, amber, red"),
        ("MED-NEARDUE", {"amber": "eight"}, "`amber`: Expected `int`"),
        ("OWN-OFF", {"round": "soon"}, "`round`: span 'soon'"),
    ],
)
def test_a_fault_in_the_configuration_is_named(rule: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(PackError, match=rf"\[rules\.{rule}\].*{message}"):
        build(packed(), {rule: settings})


def test_a_rule_to_be_left_out_must_be_one() -> None:
    with pytest.raises(PackError, match="MED-STAEL"):
        build(packed(), {}, without=("MED-STAEL",))


def test_any_change_is_another_version_and_none_is_the_same() -> None:
    versions = [
        build(packed(), {}).version,
        build(packed(HEAD), {}).version,
        build(packed(HEAD + '[rules.MED-STALE]\nsettings = { limit = "10d" }'), {}).version,
        build(packed(HEAD + '[rules.MED-STALE]\nclause = "改了一个字"'), {}).version,
        build(packed(), {"MED-NEARDUE": {"amber": 9}}).version,
        build(packed(), {}, without=("OWN-OFF",)).version,
    ]
    assert len(set(versions)) == len(versions)
    assert build(packed(), {}).version == versions[0]


def test_an_unreadable_pack_is_named() -> None:
    with pytest.raises(PackError, match="no-such-pack"):
        load_pack(("no-such-pack",))
