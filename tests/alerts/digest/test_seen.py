"""The digest in a real browser: a phone and a screen, by day and by night, with and without its style sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from browsers import chromium
from digests import digest_of, full, row
from ledgers import Ledger

from alerts.digest.page import standalone
from alerts.digest.value import Digest, Rank, Section

pytestmark = pytest.mark.browser

LONG = "示例市人民政府办公室关于印发进一步加强政府网站和政务新媒体日常监管工作方案的通知" * 3
WIDE = msgspec.structs.replace(
    full(),
    scope=LONG,
    opened=Section(999, (row(text=LONG + "https://www.example.gov.cn/" + "x" * 200, unit=LONG, times=9),)),
    ranks=(Rank(LONG, 99999, 99999, 99999, 99999), Rank("W" * 120, 1, 2, 3, 4)),
)
DIGESTS = {"full": full(), "empty": digest_of(Ledger()), "wide": WIDE}

# Every text that is seen, with its colour's contrast (WCAG 2) to the nearest opaque ground, its size and its weight.
CONTRASTS = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(
    v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  ).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of document.body.querySelectorAll("*")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const box = e.getBoundingClientRect();
    if (!own || !box.width || !box.height) continue;
    const s = getComputedStyle(e), [a, b] = [light(parse(s.color)), light(ground(e))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), e.getAttribute("aria-hidden") === "true", e.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""

BOXES = """() => [...document.querySelectorAll("a")].map(e => {
  const box = e.getBoundingClientRect();
  return [box.x, box.y, box.width, box.height];
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()


def page_of(browser: Any, html: str, width: int, scheme: str) -> Any:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.set_content(html)
    return page


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_it_fits_and_can_be_read(browser: Any, name: str, width: int, scheme: str, language: str) -> None:
    page = page_of(browser, standalone(DIGESTS[name], language), width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = page.evaluate(CONTRASTS)
    assert len(found) > 30
    assert [one for one in found if one[0] < (3 if one[1] else 4.5)] == []
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth === 1120)")
    edges = page.evaluate("[...document.querySelectorAll('td, th, div')].map(e => e.getBoundingClientRect().right)")
    assert max(edges) <= width
    page.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_a_thumb_meets_one_link_and_the_figures_stand_in_one_line(browser: Any, name: str, language: str) -> None:
    """WCAG 2.5.8: a link is 24 pixels high, or a circle as wide around its middle meets no other link's."""
    page = page_of(browser, standalone(DIGESTS[name], language), 360, "light")
    boxes = page.evaluate(BOXES)
    middles = [(x + width / 2, y + height / 2) for x, y, width, height in boxes]
    for at, (x, y) in enumerate(middles):
        near = [abs(x - other) + abs(y - below) for n, (other, below) in enumerate(middles) if n != at]
        assert min(boxes[at][2:]) >= 24 or min(near, default=24) >= 24
    tops = page.evaluate("[...document.querySelectorAll('.big')].map(e => e.getBoundingClientRect().top)")
    assert (len(tops), len(set(tops))) == (4, 1)
    page.close()


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_it_fits_and_can_be_read_where_the_client_takes_the_style_sheet_out(browser: Any, name: str) -> None:
    bare = re.sub(r"<style>.*?</style>", "", standalone(DIGESTS[name], "zh"), flags=re.DOTALL)
    page = page_of(browser, bare, 360, "light")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert [one for one in page.evaluate(CONTRASTS) if one[0] < (3 if one[1] else 4.5)] == []
    page.close()


def test_where_pictures_are_blocked_their_figures_are_there(browser: Any) -> None:
    digest: Digest = full()
    page = page_of(browser, re.sub(r'src="data:[^"]+"', 'src=""', standalone(digest, "zh")), 360, "light")
    said = page.inner_text("body")
    assert all(bar.week in said for bar in digest.trend)
    assert page.get_attribute("img", "alt").count("单项否决") == len(digest.trend)
    page.close()
