"""The configuration: what is wrong is named by file and key; secrets come from elsewhere and are never shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerts.channels.email import Email
from streams.secrets import Secret
from zhiban.config import Config, ConfigError, Web, load_config, parse_size, parse_span
from zhiban.sending import build_channels
from zhiban.watch import desk_settings
from zhiban.ways import build_connectors


def written(folder: Path, text: str) -> Path:
    path = folder / "zhiban.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, "")) == Config()


def test_the_template_is_a_valid_configuration() -> None:
    template = Path(__file__).parents[2] / "zhiban" / "templates" / "zhiban.toml"
    assert load_config(template).watch.pack == ("national-2019",)


def test_a_byte_order_mark_is_coped_with(tmp_path: Path) -> None:
    path = tmp_path / "zhiban.toml"
    path.write_bytes(b"\xef\xbb\xbf[watch]\nlanguage = 'en'\n")
    assert load_config(path).watch.language == "en"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[watch]\nlanguge = 'zh'", ("[watch]", "languge")),
        ("[wach]\nlanguage = 'zh'", ("wach",)),
        ("[web]\nport = 'eighty'", ("[web.port]", "int", "str")),
        ("[politeness]\ngap = 'long'", ("[politeness.gap]", "float")),
        ("[watch\n", ("not TOML", "line 1")),
        ("[watchdog]\nurl_env = 'ZHIBAN_NO_SUCH_VARIABLE'", ("url_env", "ZHIBAN_NO_SUCH_VARIABLE")),
        ("[watchdog]\nurl_file = 'nowhere.txt'", ("url_file", "nowhere.txt", "No such file")),
        ("[watchdog]\nurl = 5", ("[watchdog.url]", "expected Secret", "int")),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load_config(path)
    assert all(word in str(error.value) for word in (str(path), *said)), str(error.value)


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="zhiban init"):
        load_config(tmp_path / "zhiban.toml")


@pytest.mark.usefixtures("in_english")
def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "zhiban.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"zhiban\.toml: cannot be read"):
        load_config(path)


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIBAN_TEST_DSN", "https://key@sentry.example.cn/1")
    (tmp_path / "ping.txt").write_text("https://ping.example.cn/abc\n", encoding="utf-8")
    text = "[sentry]\ndsn_env = 'ZHIBAN_TEST_DSN'\n[watchdog]\nurl_file = 'ping.txt'\n"
    config = load_config(written(tmp_path, text))
    assert config.sentry.dsn.reveal() == "https://key@sentry.example.cn/1"
    assert config.watchdog.url.reveal() == "https://ping.example.cn/abc"
    for shown in (repr(config), str(config.sentry.dsn), f"{config.watchdog}"):
        assert "key@" not in shown
        assert "ping.example.cn" not in shown


def test_a_channels_secret_is_not_shown_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIBAN_TEST_PASSWORD", "open-sesame")
    table = {
        "type": "email", "host": "mail.example.cn", "sender": "zhiban@example.cn",
        "user": "zhiban", "password_env": "ZHIBAN_TEST_PASSWORD",
    }  # fmt: skip
    channel = build_channels({"mail": table}, "zhiban.toml", tmp_path)["mail"]
    assert isinstance(channel, Email)
    assert channel.password == Secret("open-sesame")
    assert "open-sesame" not in repr(channel)


@pytest.mark.usefixtures("in_english")
def test_channels_connectors_routes_and_rules_name_their_keys(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[channels\.mail\] type 'pigeon': expected one of .*email"):
        build_channels({"mail": {"type": "pigeon"}}, "zhiban.toml", tmp_path)
    with pytest.raises(ConfigError, match=r"\[channels\.console\].*colour"):
        build_channels({"console": {"colour": "red"}}, "zhiban.toml", tmp_path)
    with pytest.raises(ConfigError, match=r"\[connectors\.fead\]: no such connector; there are .*feed"):
        build_connectors({"fead": {}}, "zhiban.toml", tmp_path)
    with pytest.raises(ConfigError, match=r"\[connectors\.feed\].*bund"):
        build_connectors({"feed": {"bund": 5}}, "zhiban.toml", tmp_path)
    with pytest.raises(ConfigError, match=r"routes\[1\].*chanel"):
        desk_settings(Config(routes=({"channel": "console", "to": "-"}, {"chanel": "console"})), tmp_path)
    with pytest.raises(ConfigError, match=r"\[desk\].*mourning"):
        desk_settings(Config(desk={"mourning": 8}), tmp_path)


@pytest.mark.parametrize(
    ("text", "size"), [("500MB", 500_000_000), ("10GB", 10**10), ("1.5 TB", 1_500_000_000_000), ("12", 12)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "ten GB", "10 PB", "-5MB", "GB"])
@pytest.mark.usefixtures("in_english")
def test_what_is_no_size_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=f"size {text!r}"):
        parse_size(text)


@pytest.mark.usefixtures("in_english")
def test_spans() -> None:
    assert [parse_span(text) for text in ("30s", "15m", "4 H", "2d")] == [
        timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=4), timedelta(days=2),
    ]  # fmt: skip
    for text in ("", "5", "m", "1w", "-3d"):
        with pytest.raises(ValueError, match="span"):
            parse_span(text)


@pytest.mark.parametrize(
    ("public", "desk", "asked"),
    [
        ("", {}, False),
        ("https://zhiban.example.gov.cn", {}, True),
        ("https://zhiban.example.gov.cn", {"confirm_contacts": False}, False),
        ("", {"confirm_contacts": True}, True),
    ],
)
def test_contacts_are_asked_where_they_can_answer_unless_it_is_said(
    public: str, desk: dict[str, object], asked: bool, tmp_path: Path
) -> None:
    assert desk_settings(Config(web=Web(public=public), desk=desk), tmp_path).confirm_contacts is asked
