"""The pages of links as people see them: on a phone 360 pixels wide, by day and by night, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import browsers
import pytest
from asking import asking
from deciding import deciding, links_of, put_on
from starlette.applications import Starlette
from tapping import OVER, city, facts, link, web

from alerts.routing import Recipient
from alerts.taps import Button
from streams.ports.store import Store
from streams.records import DESK, FactKind
from zhiban.api.intake import Rate
from zhiban.taps.serving import Pages

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.async_api")
WIDE, HIGH = 360, 740
# The least contrast of any text with what is behind it, as WCAG counts it.
CONTRAST = """() => {
  const part = (v) => v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(part);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    const c = e ? getComputedStyle(e).backgroundColor : "rgb(255, 255, 255)";
    return /, 0\\)$/.test(c) ? behind(e.parentElement) : c;
  };
  let least = 21;
  for (const e of document.querySelectorAll("h1, p, li, label, button, textarea")) {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
}"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = city(tmp_path / "city.db")
    yield made
    made.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=browsers.chromium(), args=["--no-sandbox"])
        yield browser
        await browser.close()


async def looked_at(page: Any, picture: Path) -> None:
    """Nothing runs over the side, everything can be read, and a thumb finds the button."""
    await page.screenshot(path=str(picture), full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= WIDE
    assert await page.evaluate(CONTRAST) >= 4.5
    for button in await page.query_selector_all("button"):
        box = await button.bounding_box()
        assert box["height"] >= 44
        assert box["width"] >= 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
async def test_a_reader_presses_once(store: Store, chromium: Any, tmp_path: Path, scheme: str, language: str) -> None:
    faults: list[str] = []
    asked: list[str] = []
    async with asking(web(store), "") as client:
        context = await chromium.new_context(
            viewport={"width": WIDE, "height": HIGH},
            color_scheme=scheme,
            locale=language,
            base_url=str(client.base_url),
        )
        page = await context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"/t/{link(Button.ACK)}")
        await looked_at(page, tmp_path / "ask.png")
        assert facts(store, "甲") == []
        await page.click("button")
        await page.wait_for_selector("h1.good")
        await looked_at(page, tmp_path / "done.png")
        assert len(facts(store, "甲")) == 1
        await page.goto(f"/t/{link(Button.DISMISS)}")
        await page.click("button")  # without a reason the browser itself holds it back
        assert await page.query_selector("textarea:invalid") is not None
        await page.fill("textarea", "首页今天已经更新，列表页的日期是对的。" * 6)
        await looked_at(page, tmp_path / "reason.png")
        await page.click("button")
        await page.wait_for_selector("h1.good")
        assert len(facts(store, "甲")) == 2
        for name, path in (
            ("closed", f"/t/{link(Button.ACK, OVER, Recipient('mail', '丙@x'))}"),
            ("nothing", "/t/nothing"),
            ("leave", f"/u/{link(Button.LEAVE)}"),
        ):
            await page.goto(path)
            await looked_at(page, tmp_path / f"{name}.png")
        await page.click("button")
        await page.wait_for_selector("h1.good")
        await looked_at(page, tmp_path / "left.png")
        await page.click("button")  # and back again
        await page.wait_for_function("!document.querySelector('button')")
        await looked_at(page, tmp_path / "joined.png")
        assert [fact.kind for fact in facts(store, DESK)] == [FactKind.UNSUBSCRIBED, FactKind.SUBSCRIBED]
        assert await context.cookies() == []
        await context.close()
    own = str(client.base_url)
    assert {url for url in asked if not url.startswith(own)} == set()
    assert [fault for fault in faults if "404" not in fault] == []


async def test_a_request_is_decided_on_a_phone(chromium: Any, tmp_path: Path) -> None:
    """With a remark, or without one."""
    store = put_on(tmp_path / "requests.db")
    many = Rate(1000, 1000)
    site = Starlette(routes=Pages(deciding(store), "zh", many, many).routes())
    async with asking(site, "") as client:
        context = await chromium.new_context(viewport={"width": WIDE, "height": HIGH}, base_url=str(client.base_url))
        page = await context.new_page()
        await page.goto(f"/t/{links_of(store)[Button.REFUSE]}")
        await looked_at(page, tmp_path / "request.png")
        await page.click("button")
        await page.wait_for_selector("h1.good")
        await looked_at(page, tmp_path / "refused.png")
        await context.close()
    assert facts(store, "甲")[-1].kind is FactKind.REFUSED
    store.close()
