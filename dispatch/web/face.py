"""The pages that readers see: the project's template, or the built-in one, around a few words and buttons."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from jinja2 import FunctionLoader

from dispatch.model.settings import Newsletter
from dispatch.model.theme import Theme
from dispatch.render.facts import newsletter_facts
from dispatch.render.layout import template_fault
from dispatch.render.palette import theme_facts
from dispatch.render.sandbox import FAULTS, Record, Sandbox, rendered
from dispatch.web.wording import Wording

TEMPLATE = "web/page.html.jinja"
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058 section 3.1
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_WHOLE = frozenset({"leave", "left", "unknown", "unclear", "busy", "many", "subscribe", "settings"})
_KEPT = 256  # pages that are the same for everybody; a page with a person's own words is one of them briefly


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing to fill in. `wrong` says what is wrong with what was filled in."""

    name: str
    label: str
    type: str
    value: str = ""
    autocomplete: str = ""
    min: str = ""
    max: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing to tick; several of one name belong together."""

    name: str
    value: str
    label: str
    ticked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One thing to do: a button, and what goes along with it. `legend` stands above the boxes."""

    button: str
    title: str = ""
    text: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    legend: str = ""
    boxes: tuple[Box, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A page as it is sent: its bytes, and the policy that lets in nothing but its own styles."""

    body: bytes
    policy: str


class Face:
    """Draws the pages of one newsletter. Raises TemplateInvalid for a template that does not work."""

    def __init__(
        self,
        templates: Callable[[str], str | None],
        newsletter: Newsletter,
        theme: Theme,
        words: Wording,
    ) -> None:
        self.words = words
        self._sources: dict[str, str] = {}
        self._templates = templates
        environment = Sandbox(
            autoescape=True, loader=FunctionLoader(self._load), trim_blocks=True, lstrip_blocks=True
        )
        logo = theme.logo if theme.logo.startswith("https:") else ""
        # The words may be English where there are none in the newsletter's language, and so is the page then.
        facts = newsletter_facts(newsletter.model_copy(update={"language": words.language}))
        environment.globals.update(
            newsletter=Record(facts), theme=Record(theme_facts(theme, logo, None)), language=words.language
        )
        self._images = f"https://{urlsplit(logo).netloc}" if logo else "'none'"
        self._template = self._guarded(lambda: environment.get_template(TEMPLATE))
        self._drawn = lru_cache(maxsize=_KEPT)(self._draw)
        for name in words.phrases:  # a template that does not work is told now, and not by a reader
            if name in _WHOLE:
                self.page(name)

    def page(
        self,
        name: str,
        *,
        forms: Sequence[Form] = (),
        notice: str = "",
        link: tuple[str, str] | None = None,
        **more: str,
    ) -> Leaf:
        """The page of this name, with what can be done on it. `link` is an address and its words."""
        return self._drawn(name, tuple(forms), notice, link, tuple(sorted(more.items())))

    def _draw(
        self,
        name: str,
        forms: tuple[Form, ...],
        notice: str,
        link: tuple[str, str] | None,
        more: tuple[tuple[str, str], ...],
    ) -> Leaf:
        facts: Mapping[str, Any] = {
            "page": name,
            "title": self.words.say(name, "title", **dict(more)),
            "text": [self.words.say(name, "text", **dict(more))],
            "notice": notice,
            "forms": [_record(form) for form in forms],
            "link": Record({"address": link[0], "label": link[1]}) if link else None,
        }
        html = self._guarded(lambda: rendered(self._template, facts))
        return Leaf(body=html.encode("utf-8", "replace"), policy=self._policy(html))

    def _policy(self, html: str) -> str:
        """Content-Security-Policy: the page's own styles by their hash, a picture's host."""
        hashes = [b64encode(sha256(style.encode()).digest()).decode() for style in _STYLE.findall(html)]
        styles = " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
        return (
            f"default-src 'none'; style-src {styles}; img-src {self._images}; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        source = self._templates(name)
        if source is None:
            return None
        self._sources[name] = source
        return source, name, lambda: True

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except FAULTS as error:
            raise template_fault(error, TEMPLATE, self._sources) from error


def _record(form: Form) -> Record:
    parts = {name: [_plain(part) for part in getattr(form, name)] for name in ("fields", "boxes")}
    return Record({**{name: getattr(form, name) for name in Form.__slots__}, **parts})


def _plain(part: Field | Box) -> Record:
    return Record({name: getattr(part, name) for name in part.__slots__})
