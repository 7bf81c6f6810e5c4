"""Which connector an answer is for."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._sniff import sniff
from streams.connectors import Response

RSS = '<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>'


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        (RSS, "text/html", "feed"),
        ('<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">', "", "feed"),
        ('<rdf:RDF xmlns="http://purl.org/rss/1.0/">', "text/xml", "feed"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": []}', "application/json", "feed"),
        ('{"data": {"list": []}}', "application/json", "column"),
        ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">', "text/xml", "sitemap"),
        ("\ufeff\n<sitemapindex>", "text/plain", "sitemap"),
        ("<!DOCTYPE html><html><body>&lt;rss&gt; <code><rss></code></body></html>", "text/html", "column"),
        ("<?xml version='1.0'?><datastore><recordset>", "text/xml", "column"),
        ("", "application/rss+xml", "feed"),
        ("", "", "column"),
    ],
)
def test_bytes_speak_before_types(body: str, kind: str, name: str) -> None:
    assert sniff(Response(status=200, headers={"content-type": kind}, body=body.encode())) == name


def test_packed_and_wide_bodies() -> None:
    assert sniff(Response(status=200, body=gzip.compress(b"<urlset>"))) == "sitemap"
    assert sniff(Response(status=200, body=RSS.encode("utf-16"))) == "feed"
    assert sniff(Response(status=200, url="https://x.cn/sitemap.txt?a=1", body=b"https://x.cn/")) == "sitemap"


@given(st.binary(max_size=200), st.text(max_size=20))
def test_it_always_answers(body: bytes, kind: str) -> None:
    assert sniff(Response(status=200, headers={"content-type": kind}, body=body)) in {"feed", "sitemap", "column"}
