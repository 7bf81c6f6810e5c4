"""Charsets: declared, undeclared, wrongly declared, cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._charset import _as_utf8, _mostly_utf8, codec_of, decode

WORDS = "示例市人民政府关于做好冬季供暖工作的通知，请各单位遵照执行。"
PAGE = '<html><head><meta charset="{}"><title>' + WORDS + "</title></head>"


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "gbk", "gb2312", "big5"])
def test_a_right_declaration_is_followed(codec: str) -> None:
    words = "市政府公告" if codec == "big5" else WORDS
    page = f'<meta charset="{codec}"><p>{words}</p>'
    assert words in decode(page.encode(codec)).text


@pytest.mark.parametrize("real", ["utf-8", "gb18030"])
@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "gbk", "iso-8859-1", "utf-16", "no-such", "ascii"])
@pytest.mark.parametrize("where", ["meta", "http", "xml"])
def test_a_wrong_declaration_is_overruled(real: str, declared: str, where: str) -> None:
    head = {
        "meta": f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">',
        "http": "",
        "xml": f'<?xml version="1.0" encoding="{declared}"?>',
    }[where]
    headers = {"content-type": f"text/html; charset={declared}"} if where == "http" else {}
    assert WORDS in decode((head + WORDS).encode(real), headers).text


def test_gb_names_mean_gb18030() -> None:
    beyond = "镕喆㙍𠮷"
    assert decode(b'<meta charset="gb2312">' + beyond.encode("gb18030")).text.endswith(beyond)


def test_the_servers_default_does_not_beat_the_page() -> None:
    body = ('<meta charset="gbk">' + WORDS).encode("gbk")
    assert WORDS in decode(body, {"content-type": "text/html; charset=ISO-8859-1"}).text


def test_two_byte_accidents_follow_the_declaration() -> None:
    # The GB bytes of 联通 are well-formed UTF-8: the classic trap.
    assert decode(b'<meta charset="gb2312">' + "联通".encode("gbk")).text.endswith("联通")


@pytest.mark.parametrize("codec", ["utf-8", "gbk"])
@pytest.mark.parametrize("cut", [1, 2])
def test_a_cut_tail_is_no_reason_to_overrule(codec: str, cut: int) -> None:
    body = PAGE.format(codec).split("</title>")[0].encode(codec)[:-cut]
    found = decode(body)
    assert found.text.endswith("遵照执行") or found.text.endswith("遵照执")
    assert "\ufffd" not in found.text
    assert not found.overruled


@pytest.mark.parametrize("codec", ["utf-8", "gbk"])
def test_one_broken_byte_spoils_one_character(codec: str) -> None:
    body = (f'<meta charset="{codec}">' + WORDS * 3 + "工").encode(codec) + b"\xff" + WORDS.encode(codec)
    found = decode(body)
    assert found.text.count(WORDS) >= 3
    assert not found.overruled


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"", "utf-16-le")],
)
def test_marks_beat_declarations(mark: bytes, codec: str) -> None:
    body = mark + ('<?xml version="1.0" encoding="gbk"?>' + WORDS).encode(codec)
    assert decode(body, {"content-type": "text/xml; charset=gbk"}).text.endswith(WORDS)


def test_the_report_says_what_was_declared() -> None:
    found = decode(WORDS.encode("gb18030"), {"content-type": "text/html; charset=utf-8"})
    assert (found.charset, found.declared, found.overruled) == ("gb18030", "utf-8", True)


def test_single_byte_text_keeps_its_charset() -> None:
    body = '<?xml version="1.0" encoding="KOI8-R"?><a>Пример ленты</a>'.encode("koi8_r")
    assert "Пример ленты" in decode(body).text
    assert decode('<?xml version="1.0" encoding="ISO-8859-1"?>é'.encode("latin-1")).text.endswith("é")


def test_dangerous_codecs_are_unknown() -> None:
    assert [codec_of(n) for n in ("base64", "idna", "unicode_escape", "zlib", "undefined", "")] == [""] * 6


@given(st.binary(max_size=300), st.text(max_size=60))
def test_no_bytes_raise(body: bytes, content_type: str) -> None:
    found = decode(body, {"content-type": content_type})
    assert decode(body, {"content-type": content_type}) == found


_HANZI = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4, max_size=80)


@given(_HANZI, st.sampled_from(["utf-8", "gb18030", "gbk"]))
def test_declared_chinese_is_read_back(words: str, codec: str) -> None:
    assert decode(f'<meta charset="{codec}">{words}'.encode(codec)).text.endswith(words)


@given(_HANZI)
def test_utf8_needs_no_declaration(words: str) -> None:
    assert decode(words.encode()).text == words


@given(
    st.lists(
        st.sampled_from([b"a", "甲".encode(), "é".encode(), "😀".encode(), b"\xff", b"\xe7\x94", "\ufffd".encode()]),
        max_size=30,
    )
)
def test_whole_utf8_is_read_as_the_tolerant_way_reads_it(pieces: list[bytes]) -> None:
    assert _as_utf8(b"".join(pieces)) == _mostly_utf8(b"".join(pieces))
