"""The pages in a real browser: nothing is loaded, nothing runs, nothing sticks out, everything can be read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.pages import render_deployment, render_index
from tests.unit.report.records import START, awkward_record, done_record, undone_record, unfinished_record

RECORDS = {"done": done_record, "undone": undone_record, "unfinished": unfinished_record, "awkward": awkward_record}
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3

# For every element with text of its own: the contrast of its colour with the first opaque background behind it.
CONTRASTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  document.querySelectorAll('details').forEach((d) => { d.open = true; });
  const found = [];
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), element.tagName + '.' + element.className]);
  }
  return found;
}"""


def browser_path() -> str:
    """Chromium of this machine; scripts/bootstrap.sh --dev installs it where it may."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    why = "no Chromium here: scripts/bootstrap.sh --dev"
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run everything: {why}")
    pytest.skip(why)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="scripts/bootstrap.sh --dev")
    with playwright.sync_playwright() as driver:
        # Chromium's own sandbox needs privileges that containers and CI machines do not give.
        opened = driver.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        yield opened
        opened.close()


class Visit:
    """One page, and what the browser said while it was open."""

    def __init__(self, browser: Any, path: Path, scheme: str, viewport: dict[str, int]) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.context = browser.new_context(color_scheme=scheme, viewport=viewport)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.goto(path.as_uri(), wait_until="load")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def write(tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"{name}.html"
    path.write_text(render_deployment(RECORDS[name](), made_at=START))
    return path


@pytest.mark.parametrize("name", RECORDS)
def test_a_page_loads_itself_alone_and_runs_nothing(browser: Any, tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name)
    with Visit(browser, path, "light", DESK) as visit:
        assert visit.requests == [path.as_uri()]
        assert visit.complaints == []
        assert visit.page.title() == "Deployment d0007"
        assert visit.page.evaluate("document.querySelectorAll('script, img').length") == 0


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out_to_the_side(browser: Any, tmp_path: Path, name: str, viewport: dict[str, int]) -> None:
    with Visit(browser, write(tmp_path, name), "light", viewport) as visit:
        visit.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        smallest = visit.page.evaluate(
            "Math.min(...[...document.body.querySelectorAll('td, dd, p, pre')].map("
            "(e) => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert smallest >= 12


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", RECORDS)
def test_every_text_can_be_read(browser: Any, tmp_path: Path, name: str, scheme: str) -> None:
    with Visit(browser, write(tmp_path, name), scheme, DESK) as visit:
        found = visit.page.evaluate(CONTRASTS)
        assert len(found) > 20
        assert [item for item in found if item[0] < LEAST_CONTRAST] == []


def test_light_and_dark_are_two_pages_to_the_eye(browser: Any, tmp_path: Path) -> None:
    path = write(tmp_path, "done")
    seen = []
    for scheme in ("light", "dark"):
        with Visit(browser, path, scheme, DESK) as visit:
            seen.append(visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert seen[0] == "rgb(255, 255, 255)"
    assert seen[1] != seen[0]


def test_the_bars_are_as_long_as_the_steps_took(browser: Any, tmp_path: Path) -> None:
    with Visit(browser, write(tmp_path, "done"), "light", DESK) as visit:
        widths = visit.page.evaluate(
            "[...document.querySelectorAll('#steps .chart .bar')].map((b) => "
            "b.getBoundingClientRect().width / b.parentElement.getBoundingClientRect().width)"
        )
    assert widths == pytest.approx([42 / 80, 0.006, 28.6 / 80, 8.5 / 80, 0.5 / 80], abs=0.01)


def test_the_index_leads_to_the_page(browser: Any, tmp_path: Path) -> None:
    write(tmp_path, "done")
    index = tmp_path / "index.html"
    deployment = done_record().deployment
    index.write_text(render_index([deployment], {deployment.deployment_id: "done.html"}, made_at=START))
    with Visit(browser, index, "dark", PHONE) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        visit.page.click("text=d0007")
        visit.page.wait_for_url("**/done.html")
        assert visit.complaints == []
