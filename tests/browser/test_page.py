"""The report in a browser: it asks for nothing, complains of nothing, and does what it offers."""

import re

import pytest
from playwright.sync_api import Page, expect

from lrdoctor.records.report import Report
from lrdoctor.report import render
from tests.browser import reports
from tests.browser.conftest import Open
from tests.report import examples as ex

pytestmark = pytest.mark.browser

PAGES = {"mixed": reports.MIXED, "sweep": ("sweep",), **{name: (name,) for name in reports.ALONE}}
JENKINS = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"
SOON = 2  # processor seconds until a page can be used


@pytest.mark.parametrize("names", PAGES.values(), ids=PAGES)
def test_it_opens_without_a_request_or_a_complaint(open_page: Open, names: tuple[str, ...]) -> None:
    opened = open_page(reports.page(*names))
    assert opened.said == []
    assert len(opened.requests) == 1, "the file itself"


def rows(page: Page) -> list[str]:
    return [row.inner_text() for row in page.locator("#index tr[data-verdict]:visible th").all()]


def test_the_table_is_sorted_filtered_and_searched(open_page: Open) -> None:
    page = open_page(reports.page(*reports.MIXED)).page
    button = page.get_by_role("button", name="run", exact=True)
    button.click()
    first = page.locator("#index tbody").first.inner_text()
    button.click()
    assert page.locator("#index tbody").first.inner_text() != first
    expect(page.locator("th[data-sort=name]")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name=re.compile("divergent")).click()
    assert set(
        page.locator("#index tr[data-verdict]:visible").evaluate_all("rs => rs.map(r => r.dataset.verdict)")
    ) == {"divergent"}
    page.get_by_role("button", name=re.compile("divergent")).click()
    page.get_by_label("search").fill("too-SLOW")
    assert [name.split("\n")[0] for name in rows(page)] == ["too-slow"]
    expect(page.locator("#tools output")).to_have_text("1 shown")


def test_a_sweeps_runs_are_folded_and_shown_on_demand(open_page: Open) -> None:
    page = open_page(reports.page(*reports.MIXED)).page
    before = len(rows(page))
    page.get_by_role("button", name="show its 6 runs").first.click()
    assert len(rows(page)) == before + 6


def test_a_link_opens_the_run_that_it_names(open_page: Open) -> None:
    page = open_page(reports.page(*reports.MIXED)).page
    figure = page.locator("article#run2 figure svg[role=img]").first
    expect(figure).not_to_be_visible()
    page.evaluate("location.hash = 'run2'")
    expect(figure).to_be_visible()


def figure(page: Page) -> tuple[float, float, float, float]:
    box = page.locator("figure.loss svg[role=img]").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def test_values_are_told_under_the_pointer(open_page: Open) -> None:
    page = open_page(reports.page("too-slow")).page
    x, y, width, height = figure(page)
    page.mouse.move(x + width / 2, y + height / 3)
    tip = page.locator("figure.loss .tip")
    expect(tip).to_be_visible()
    step = float(re.search(r"at ([\d.]+)", tip.inner_text())[1])  # type: ignore[index]
    assert 270 < step < 330, "the middle of 630 steps"
    loss = float(re.search(r"smoothed: ([\d.e-]+)", tip.inner_text())[1])  # type: ignore[index]
    run = reports.of("too-slow").diagnoses[0]
    fit = next(fit for fit in run.fits if fit.kind == "smooth")
    assert min(fit.value) <= loss * 1.05
    assert loss * 0.95 <= max(fit.value)
    page.locator("figure.loss svg[role=img]").focus()
    page.keyboard.press("ArrowRight")
    expect(tip).to_be_visible()


def test_dragging_zooms_and_a_button_goes_back(open_page: Open) -> None:
    page = open_page(reports.page("too-slow")).page
    x, y, width, height = figure(page)
    line = page.locator("figure.loss [data-k=line][data-a=smoothed] path").first
    before = line.get_attribute("d")
    page.mouse.move(x + width * 0.3, y + height / 3)
    page.mouse.down()
    page.mouse.move(x + width * 0.6, y + height / 3)
    page.mouse.up()
    assert line.get_attribute("d") != before
    labels = [float(text) for text in page.locator("figure.loss .ticks text[text-anchor=middle]").all_text_contents()]
    assert 140 < min(labels) < 200
    assert 330 < max(labels) < 400
    page.get_by_role("button", name="whole range").click()
    assert points(line.get_attribute("d")) == points(before)


def points(d: str | None) -> list[float]:
    return [round(float(number)) for number in re.findall(r"-?[\d.]+", d or "")]


def test_the_scale_is_changed_and_changed_back(open_page: Open) -> None:
    page = open_page(reports.page("too-slow")).page
    line = page.locator("figure.loss [data-k=line][data-a=smoothed] path").first
    before = line.get_attribute("d")
    page.get_by_role("button", name="log scale").click()
    assert line.get_attribute("d") != before
    page.get_by_role("button", name="linear scale").click()
    assert points(line.get_attribute("d")) == points(before)


def test_a_setting_is_copied(open_page: Open) -> None:
    page = open_page(reports.page("too-slow")).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="copy lr:").first.click()
    expect(page.locator("button.copy").first).to_have_text("copied")
    assert page.evaluate("navigator.clipboard.readText()") == "lr: 0.015"


def test_hostile_names_are_text(open_page: Open) -> None:
    hostile = ex.hostile()
    opened = open_page(render(Report((hostile, ex.too_slow())), "html"))
    assert opened.said == []
    assert ex.HOSTILE in opened.page.locator("#index").inner_text()
    assert opened.page.locator("script").count() == 1
    text = opened.page.content()
    assert not set(text) & {"\x1b", "\u202e", "\u2066"}


def test_without_a_script_nothing_is_missing(open_page: Open) -> None:
    page = open_page(reports.page(*reports.MIXED), script=False).page
    assert len(rows(page)) == page.locator("#index tr[data-verdict]").count(), "nothing is folded away for good"
    expect(page.locator("#tools")).not_to_be_visible()
    page.locator("details.fold > summary").first.click()
    expect(page.locator("details.fold figure svg[role=img]").first).to_be_visible()


def test_under_jenkins_policy_figures_keep_their_colours(open_page: Open) -> None:
    text = reports.page("too-high").replace("default-src 'none'; style-src", f"{JENKINS} x-style-src", 1)
    page = open_page(text).page
    line = page.locator("figure.loss [data-k=line][data-a=smoothed] path").first
    assert line.evaluate("e => getComputedStyle(e).stroke") == "rgb(29, 79, 145)"
    assert line.evaluate("e => getComputedStyle(e).fill") == "none"
    assert page.locator("body").evaluate("e => getComputedStyle(e).maxWidth") == "none", "no style sheet applies"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("names", [reports.MIXED, ("sweep",), ("diverged-to-nan",)], ids=["mixed", "sweep", "diverged"])
def test_axe_finds_nothing_serious(open_page: Open, names: tuple[str, ...], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # Not under the page's own policy, which keeps out what examines it as well.
    page = open_page(
        re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", reports.page(*names)), scheme=scheme
    ).page
    for details in page.locator("details").all()[:8]:
        details.evaluate("e => { e.open = true; }")
    found = Axe().run(page).response["violations"]
    serious = [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_few_stops_on_the_way_through(open_page: Open) -> None:
    page = open_page(reports.page("too-high")).page
    stops = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input, summary, [tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility()).length"
    )
    assert stops <= 16


def test_a_phone_sees_verdict_and_next_lr(open_page: Open) -> None:
    page = open_page(reports.page(*reports.MIXED), width=400, height=800).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    row = page.locator("#index tr[data-verdict]:visible").first
    for cell in (row.locator(".badge"), row.locator(".lrs strong")):
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 400


def test_print_opens_the_findings_only(open_page: Open) -> None:
    page = open_page(reports.page("too-high")).page
    page.emulate_media(media="print")
    assert page.locator("details.findings table").evaluate("e => e.checkVisibility({contentVisibilityAuto: true})")
    assert not page.locator("details.reading dl").first.evaluate("e => e.checkVisibility()")


@pytest.mark.parametrize(("count", "most"), [(100, 3_000_000), (1_000, 12_000_000)])
def test_many_runs_are_small_and_soon_there(open_page: Open, count: int, most: int) -> None:
    text = reports.many(count)
    assert len(text.encode()) <= most
    opened = open_page(text)
    page = opened.page
    page.evaluate(
        "() => { const search = document.querySelector('#tools input');"
        " search.value = 'run 0042'; search.dispatchEvent(new Event('input')); document.body.offsetHeight; }"
    )
    assert opened.busy() < SOON
    assert opened.said == []
    assert [name.split("\n")[0] for name in rows(page)] == ["run 0042"]
