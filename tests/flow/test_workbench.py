"""The author's workbench as its author uses it: in Chromium, served by the real command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.project import TestProject
from tests.servers.workbench import (
    ISSUE,
    PEOPLE,
    Noise,
    Served,
    chromium,
    opened,
    paid_letter,
    workbench,
)

# A machine that does other things as well is no reason to fail.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> TestProject:
    """A project whose issue has a conditional, a local picture and a remote one, for 120 people."""
    return paid_letter(tmp_path_factory.mktemp("bench") / "letter")


@pytest.fixture(scope="module")
def served(letter: TestProject) -> Iterator[Served]:
    """Its workbench."""
    with workbench(letter) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all."""
    with chromium() as running:
        yield running


@pytest.fixture
def bench(letter: TestProject, browser: Browser, served: Served) -> Iterator[tuple[Page, Noise]]:
    """The workbench in the browser; whatever a test does, the page must stay silent and at home."""
    with opened(browser, served) as (page, noise):
        yield page, noise
        assert noise.errors == []
        assert noise.foreign == []
    letter.issue.write_text(ISSUE)
    letter.list.write_text(PEOPLE)


def _choose(page: Page, label: str) -> None:
    page.locator("#tools label").filter(has_text=label).first.click()


def test_it_opens_with_the_first_reader(bench: tuple[Page, Noise]) -> None:
    """Subject, header and letter are theirs, and the list stands beside it."""
    page, _ = bench
    expect(page.locator("#subject")).to_have_text("News for Reader 0")
    expect(page.locator("#to")).to_have_text("to reader0@example.com, line 2 of subscribers.csv")
    expect(page.frame_locator("#letter").get_by_text("Dear Reader 0")).to_be_visible()
    expect(page.locator("#people button")).to_have_count(50)
    expect(page.locator("#found")).to_contain_text("first 50")


def test_another_reader_is_searched_and_chosen(bench: tuple[Page, Noise]) -> None:
    """By any column, beyond those that are shown; the keys go on from there."""
    page, _ = bench
    page.keyboard.press("/")
    page.keyboard.type("reader117@")
    expect(page.locator("#people button")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.frame_locator("#letter").get_by_text("Dear Reader 117")).to_be_visible()
    page.locator("#search").fill("nobody at all")
    expect(page.locator("#found")).to_have_text("nobody in the list")


def test_invented_readers_do_no_harm(bench: tuple[Page, Noise]) -> None:
    """An empty name is greeted by the default, a hostile one stands there as text."""
    page, _ = bench
    page.get_by_role("button", name="Empty fields").click()
    expect(page.frame_locator("#letter").get_by_text("Dear reader,")).to_be_visible()
    page.get_by_role("button", name="Hostile values").click()
    expect(page.frame_locator("#letter").get_by_text("Dear <script>alert(1)</script>")).to_be_visible()
    page.get_by_role("button", name="A right-to-left name").click()
    expect(page.frame_locator("#letter").get_by_text("Dear ليلى")).to_be_visible()


def test_variants_are_counted_and_chosen(bench: tuple[Page, Noise]) -> None:
    """A quarter of the list pays; a click shows the first of them."""
    page, _ = bench
    expect(page.locator("#counted")).to_have_text("120 people, 2 variants")
    expect(page.locator("#variants .count")).to_have_text(["90", "30"])
    page.locator("#variants button").first.click()
    expect(page.locator("#to")).to_contain_text("reader1@example.com")
    expect(page.frame_locator("#letter").get_by_text("Thank you for paying.")).to_have_count(0)


def test_screens_and_widths(bench: tuple[Page, Noise]) -> None:
    """375 pixels are 375; the dark letter is dark in a browser that prefers light."""
    page, _ = bench
    _choose(page, "375")
    expect(page.locator("#sheet")).to_have_css("width", "375px")
    light = (
        page.frame_locator("#letter").locator("body").evaluate("it => getComputedStyle(it).backgroundColor")
    )
    _choose(page, "Dark")
    expect(page.locator("#honesty")).to_contain_text("exact")
    frame = page.frame_locator("#letter")
    expect(frame.locator("body")).not_to_have_css("background-color", light)
    _choose(page, "Inverted")
    expect(page.locator("#honesty")).to_contain_text("approximation")


def test_pictures_off(bench: tuple[Page, Noise]) -> None:
    """The alternative text is what is left of them; with them on, the remote one is a placeholder."""
    page, _ = bench
    pictures = page.frame_locator("#letter").locator("img")
    assert (pictures.nth(0).get_attribute("src") or "").startswith("data:image/png")
    assert (pictures.nth(1).get_attribute("src") or "").startswith("data:image/svg+xml")
    _choose(page, "Images off")
    expect(page.frame_locator("#letter").locator("img[src]")).to_have_count(0)
    expect(page.frame_locator("#letter").get_by_alt_text("A small picture")).to_have_count(1)


def test_programs(bench: tuple[Page, Noise]) -> None:
    """Without style there are no style elements but ours; Outlook's own comments are opened."""
    page, _ = bench
    _choose(page, "No <style>")
    expect(page.frame_locator("#letter").locator("style")).to_have_count(1)
    _choose(page, "Outlook")
    expect(page.frame_locator("#letter").locator("table[width='600']").first).to_be_attached()


@pytest.mark.parametrize(
    ("tab", "content"),
    [
        ("Checks", "there is no List-Unsubscribe"),
        ("Inbox", "What happened this week"),
        ("Text", "This is the news, with a link [1]."),
        ("Headers", "To: reader0@example.com"),
        ("Raw", "Content-Transfer-Encoding: quoted-printable"),
        ("Links", "https://example.com/news"),
        ("Size", "By section"),
        ("Since last issue", "No other issue has been sent yet."),
        ("Two readers", "Thank you for paying."),
    ],
)
def test_each_tab_opens(bench: tuple[Page, Noise], tab: str, content: str) -> None:
    """And shows what it is called after."""
    page, _ = bench
    page.get_by_role("tab", name=tab).click()
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel")).to_contain_text(content)


def test_tabs_are_reached_by_arrows(bench: tuple[Page, Noise]) -> None:
    """As the pattern for tabs has it."""
    page, _ = bench
    page.get_by_role("tab", name="Text").focus()
    page.get_by_role("tab", name="Text").click()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Headers")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Two readers")).to_have_attribute("aria-selected", "true")


def test_a_save_is_shown(letter: TestProject, bench: tuple[Page, Noise]) -> None:
    """Of the issue, and of the list; the chosen reader stays."""
    page, _ = bench
    page.get_by_role("button", name="Reader 3", exact=False).first.click()
    letter.issue.write_text(ISSUE.replace("This is the news", "This is the latest"))
    expect(page.frame_locator("#letter").get_by_text("This is the latest")).to_be_visible()
    expect(page.frame_locator("#letter").get_by_text("Dear Reader 3")).to_be_visible()
    letter.list.write_text(PEOPLE.replace("Reader 3,", "Somebody,"))
    expect(page.frame_locator("#letter").get_by_text("Dear Somebody")).to_be_visible()


def test_a_mistake_names_its_line_and_goes_with_it(letter: TestProject, bench: tuple[Page, Noise]) -> None:
    """The last good letter stays meanwhile, and a click shows the line."""
    page, _ = bench
    letter.issue.write_text(ISSUE.replace("subscriber.plan", "subscriber.paln"))
    expect(page.locator("#trouble")).to_contain_text("paln")
    expect(page.frame_locator("#letter").get_by_text("Dear Reader 0")).to_be_visible()
    page.locator("#trouble .place").click()
    expect(page.locator("#source-lines .here")).to_contain_text("subscriber.paln")
    letter.issue.write_text(ISSUE)
    expect(page.locator("#trouble")).to_be_hidden()


def test_a_finding_shows_its_line(letter: TestProject, bench: tuple[Page, Noise]) -> None:
    """The checks are the first tab, and new at every save."""
    page, _ = bench
    letter.issue.write_text(ISSUE.replace("https://example.com/news", "http://localhost/news"))
    finding = page.locator("#tab-content li").filter(has_text="LNK003")
    expect(finding).to_be_visible()
    finding.locator(".place").click()
    expect(page.locator("#source-lines .here")).to_contain_text("http://localhost/news")


def test_links_of_the_letter_lead_nowhere(bench: tuple[Page, Noise]) -> None:
    """They are told and not opened; the way out is harmless."""
    page, _ = bench
    page.frame_locator("#letter").get_by_role("link", name="a link").click()
    expect(page.locator("#link-note")).to_contain_text("https://example.com/news")
    page.frame_locator("#letter").get_by_role("link", name="unsubscribe").click()
    expect(page.locator("#link-note")).to_contain_text("harmless here")
    expect(page.frame_locator("#letter").get_by_text("Dear Reader 0")).to_be_visible()


def test_the_keyboard_is_enough(bench: tuple[Page, Noise]) -> None:
    """Width, screen, pictures, reader; the keys are listed under a question mark."""
    page, _ = bench
    page.keyboard.press("w")
    expect(page.locator("#sheet")).to_have_attribute("data-width", "full")
    page.keyboard.press("d")
    expect(page.locator("#sheet")).to_have_attribute("data-screen", "dark")
    expect(page.locator("#people button")).to_have_count(50)
    page.keyboard.press("j")
    expect(page.locator("#to")).to_contain_text("reader1@example.com")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_it_begins_with_a_mistake(tmp_path: Path, browser: Browser) -> None:
    """An issue that cannot be compiled opens all the same, says why, and is shown when it is mended."""
    project = TestProject(tmp_path / "letter")
    project.issue.write_text("---\nsubject: Broken\n---\n{% if subscriber.name %}\n")
    with workbench(project) as served, opened(browser, served) as (page, _):
        expect(page.locator("#trouble")).to_contain_text("never closed")
        project.issue.write_text("---\nsubject: Mended\n---\nHello.\n")
        expect(page.frame_locator("#letter").get_by_text("Hello.")).to_be_visible()
        expect(page.locator("#trouble")).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_follows_the_screen_and_the_letter_does_not(
    browser: Browser, served: Served, dark: bool
) -> None:
    """Which screen the letter is on is chosen on the page."""
    with opened(browser, served, dark=dark) as (page, _):
        body, letter = (
            at.locator("body").evaluate("it => getComputedStyle(it).backgroundColor")
            for at in (page, page.frame_locator("#letter"))
        )
    assert body == ("rgb(15, 18, 22)" if dark else "rgb(230, 233, 238)")
    assert letter == "rgb(239, 234, 224)"
