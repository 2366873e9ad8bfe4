"""The readers' pages in a browser: by keyboard alone, on a phone, with nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.project import TestProject
from tests.servers.endpoint import await_letter, choices_path, leave_path, link_in, public, serving
from tests.servers.workbench import chromium

CHOICES = """
[web.choices]
essays = "Essays, once a month"
releases = "News of releases, which come as they come, and sometimes several in one week"
"""
_FITS = "document.documentElement.scrollWidth <= window.innerWidth"
_FOCUS = "(document.activeElement.innerText || document.activeElement.id).trim()"
_FOCUS_IS_SEEN = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
_SMALLEST = """Math.min(
    ...[...document.querySelectorAll("button, input")]
        .map(one => (one.type === "checkbox" ? one.closest("label") : one).offsetHeight).filter(Boolean))"""
_UNNAMED = """
    [...document.querySelectorAll("input:not([type=hidden])")].filter(one => !one.labels.length).length"""


@dataclass(slots=True)
class Phone:
    """A page on a narrow screen, worked by keyboard."""

    page: Page
    base: str
    pictures: Path
    noise: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page, and see that it fits and can be used with a thumb."""
        self.page.goto(self.base + path)
        self.look(path.strip("/").partition("/")[0])

    def look(self, name: str) -> None:
        """The page as it is now: it fits, its fields have labels, its buttons are large enough."""
        assert self.page.evaluate(_FITS)
        assert self.page.evaluate(_UNNAMED) == 0
        assert self.page.locator("button").count() == 0 or self.page.evaluate(_SMALLEST) >= 44
        assert (self.page.locator("h1").count(), self.page.locator("main").count()) == (1, 1)
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    def tab_to(self, name: str) -> None:
        """Press Tab until this has the focus, and is seen to have it."""
        for _ in range(14):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(_FOCUS) == name:
                assert self.page.evaluate(_FOCUS_IS_SEEN)
                return
        pytest.fail(f"{name} cannot be reached by Tab")

    def press(self, name: str) -> None:
        """Go to a button or link by keyboard, press Enter, and wait for the page behind it."""
        self.tab_to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    @property
    def heading(self) -> str:
        """The heading of the page."""
        return self.page.locator("h1").inner_text()


@contextmanager
def _phone(port: int, pictures: Path, *, dark: bool = False) -> Iterator[Phone]:
    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": 375, "height": 740}, color_scheme="dark" if dark else "light"
        )
        phone = Phone(page, f"http://127.0.0.1:{port}", pictures)
        page.on("pageerror", lambda error: phone.noise.append(str(error)))
        page.on("console", lambda one: phone.noise.append(one.text) if one.type == "error" else None)
        page.on("request", lambda one: phone.noise.append(one.url) if phone.base not in one.url else None)
        yield phone
        assert [one for one in phone.noise if "Failed to load resource" not in one] == []
        page.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_reader_pauses_and_then_leaves(project: TestProject, tmp_path: Path, dark: bool) -> None:
    """From the link in the letter to the choices, a day, back again, and out."""
    port = public(project)
    assert project.here("send", "news", "--yes").code == 0
    path = leave_path(project.outbox()[0])
    until = (datetime.now(UTC) + timedelta(days=40)).date()
    with serving(project, port), _phone(port, tmp_path, dark=dark) as phone:
        phone.open(path)
        assert phone.heading == "Leave The Letter?"
        phone.press("Pause, or see what is held about you")
        assert phone.heading == "Your letters"
        phone.tab_to("until")
        phone.page.keyboard.type(f"{until:%m%d%Y}")
        phone.press("Pause")
        phone.look("paused")
        assert f"No letters until {until}" in phone.page.locator("[role=status]").inner_text()
        phone.press("End the pause")
        assert "Letters come to you again" in phone.page.locator("[role=status]").inner_text()
        phone.press("Send it to me")
        phone.look("data")
        phone.open(path)
        phone.press("Unsubscribe")
        phone.look("left")
        assert phone.heading == "You have left The Letter"
    assert len(project.here("suppress", "list", "--json").events) == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_reader_chooses_what_to_read(project: TestProject, tmp_path: Path, dark: bool) -> None:
    """Boxes in a group with a name, ticked by the space bar; what was saved is ticked, and said."""
    project.list.write_text("email,name,tags\nann@example.com,Ann,essays\n")
    port = public(project, CHOICES)
    assert project.here("send", "news", "--yes").code == 0
    path = choices_path(project.outbox()[0])
    with serving(project, port), _phone(port, tmp_path, dark=dark) as phone:
        phone.open(path)
        ticked = 'input[type="checkbox"]:checked'
        group = phone.page.get_by_role("group", name="Tick what is to come to you")
        assert group.get_by_role("checkbox").count() == 2
        assert [one.get_attribute("value") for one in phone.page.locator(ticked).all()] == ["essays"]
        for _ in range(2):
            phone.page.keyboard.press("Tab")
            assert phone.page.evaluate(_FOCUS_IS_SEEN)
            phone.page.keyboard.press("Space")
        phone.press("Save")
        phone.look("chosen")
        assert "Saved" in phone.page.locator("[role=status]").inner_text()
        assert [one.get_attribute("value") for one in phone.page.locator(ticked).all()] == ["releases"]


def test_a_reader_joins(project: TestProject, tmp_path: Path) -> None:
    """A slip in the address is said beside the field; the letter's link ends on a button."""
    port = public(project)
    with serving(project, port), _phone(port, tmp_path) as phone:
        phone.open("/subscribe")
        phone.tab_to("email")
        phone.page.keyboard.type("nobody")
        with phone.page.expect_navigation():
            phone.page.keyboard.press("Enter")
        phone.look("wrong")
        field = phone.page.locator("#email")
        assert field.get_attribute("aria-describedby") == "email-wrong"
        assert field.input_value() == "nobody"
        phone.tab_to("email")
        phone.page.keyboard.press("Control+A")
        phone.page.keyboard.type("new@example.net")
        phone.press("Subscribe")
        phone.look("mailed")
        assert phone.heading == "Look into your mailbox"
        link = link_in(await_letter(project, "Confirm", "new@example.net"))
        phone.open(urlsplit(link).path)
        phone.press("Yes, subscribe me")
        phone.look("joined")
        assert phone.heading == "Welcome to The Letter"
    assert "new@example.net" in project.list.read_text()
