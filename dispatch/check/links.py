"""LNK: where links lead, and whether they lead there at all."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dispatch.check.document import Document, text_of
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import View

_KNOWN_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
_PLACEHOLDER = re.compile(
    r"(?:#+|todo|tk|xxx+|url|link|href|fixme|tbd|insert[ _-]?(?:url|link)|(?:https?|mailto):/{0,2}"
    r"|about:blank|javascript:.*|https?://(?:todo|tk|xxx+|url|link|fixme|tbd)/?)",
    re.IGNORECASE | re.DOTALL,
)
_PRIVATE_ENDS = (
    ".local",
    ".localhost",
    ".internal",
    ".intranet",
    ".lan",
    ".localdomain",
    ".test",
    ".invalid",
)
_STAGES = frozenset({"staging", "stg", "uat", "localdev"})
_VAGUE_WORDS = (
    "here|click here|click|klick hier|hier|hier klicken|ici|cliquez ici|aquí|haz clic aquí|qui|clicca qui"
)
_VAGUE = frozenset(_VAGUE_WORDS.split("|"))
_SHORTENERS_WORDS = (
    "bit.ly j.mp t.co goo.gl tinyurl.com ow.ly buff.ly is.gd v.gd rebrand.ly lnkd.in cutt.ly "
    "shorturl.at rb.gy tiny.cc bl.ink s.id t.ly dlvr.it shorte.st adf.ly amzn.to"
)
_SHORTENERS = frozenset(_SHORTENERS_WORDS.split())
_SHOWN_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# Ends of names that are hardly ever those of a file or a product (node.js, socket.io, ASP.NET).
_SHOWN_DOMAIN = re.compile(
    r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|edu|gov|de|ch|at|fr|it|es|nl|uk|eu|info|biz)(?:/\S*)?"
)
_MOST_REDIRECTED = 400
_ALIVE = frozenset({401, 403, 405, 406, 429, 451, 999})  # servers that do not like to be asked by programs


def _links(view: View) -> Iterator[tuple[Document, Any, str]]:
    """Every link of the draft with its address, those left out whose address is filled in per reader."""
    if view.draft:
        document = view.draft.document
        for link in document.named("a", "area"):
            href = link.get("href")
            if href is not None and not view.has_token(href):
                yield document, link, href.strip()


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises when it is no number
    except ValueError:
        return None
    return parts


def host_of(address: str) -> str:
    """The host of an http address in small letters, else nothing."""
    parts = _split(address)
    return (parts.hostname or "").rstrip(".") if parts and parts.scheme in {"http", "https"} else ""


def _placeholder(view: View) -> Iterator[Found]:
    for document, link, href in _links(view):
        if not href or _PLACEHOLDER.fullmatch(href):
            message = (
                f"the link leads to {href!r}, which is nowhere" if href else "the link has an empty address"
            )
            yield Found(place=document.place(link), message=message)


def _malformed(view: View) -> Iterator[Found]:
    for document, link, href in _links(view):
        if not href or href.startswith("#") or _PLACEHOLDER.fullmatch(href):
            continue
        if fault := _fault(href):
            yield Found(place=document.place(link), message=f"{href[:100]} {fault}")


def _fault(href: str) -> str:
    parts = _split(href)
    if parts is None:
        return "cannot be read as an address"
    if parts.scheme not in _KNOWN_SCHEMES:
        strange = f"begins with {parts.scheme}:, which mail programs do not open"
        return strange if parts.scheme else "is relative, and a letter has no page to be relative to"
    if parts.scheme in {"http", "https"} and not _is_host(parts.hostname or ""):
        return "has no host that could exist"
    if any(letter.isspace() for letter in href) or "%20" in (parts.netloc or ""):
        return "has a blank in it"
    if parts.scheme == "mailto" and parts.path and "@" not in parts.path and "%40" not in parts.path:
        return "has no address behind mailto:"
    return ""


def _is_host(host: str) -> bool:
    if ":" in host:
        return True  # IPv6, which urlsplit has checked
    labels = host.rstrip(".").split(".")
    well_formed = all(label and not label.startswith("-") and not label.endswith("-") for label in labels)
    return well_formed and (len(labels) > 1 or host == "localhost" or host.isdecimal())


def _private_host(view: View) -> Iterator[Found]:
    own = host_of(view.settings.newsletter.public_url or "")
    for document, link, href in _links(view):
        host = host_of(href)
        if host and is_private(host):
            mild = Severity.WARNING if host == own and view.is_rehearsal else None
            message = f"{host} is a machine that readers cannot reach"
            yield Found(place=document.place(link), message=message, severity=mild)


def is_private(host: str) -> bool:
    """Whether a host's name or address says that it is not on the public internet."""
    if host == "localhost" or host.endswith(_PRIVATE_ENDS):
        return True
    first = host.split(".", maxsplit=1)[0]
    if first in _STAGES or first.startswith("staging-"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _insecure(view: View) -> Iterator[Found]:
    own = view.settings.newsletter.public_url or "-"
    for document, link, href in _links(view):
        if href.lower().startswith("http:") and not href.startswith(own) and not is_private(host_of(href)):
            yield Found(place=document.place(link), message=f"{href[:100]} is not https")


def _vague(view: View) -> Iterator[Found]:
    for document, link, _ in _links(view):
        words = text_of(link).strip(" .!>»→").casefold()
        if words in _VAGUE:
            message = f"a link called {text_of(link)!r} says nothing to those who hear links read out"
            yield Found(place=document.place(link), message=message)


def _deceiving(view: View) -> Iterator[Found]:
    for document, link, href in _links(view):
        shown = text_of(link)
        target = host_of(href)
        if not target or not (_SHOWN_ADDRESS.fullmatch(shown) or _SHOWN_DOMAIN.fullmatch(shown)):
            continue
        visible = host_of(shown if shown.lower().startswith("http") else f"https://{shown}")
        if visible and _site(visible) != _site(target):
            message = f"the link shows {visible} and leads to {target}, as phishing does"
            yield Found(place=document.place(link), message=message)


def _site(host: str) -> str:
    """The part of a name that an owner registers, as well as its look tells."""
    labels = host.split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3:] if short else labels[-2:])


def _shortened(view: View) -> Iterator[Found]:
    for document, link, href in _links(view):
        host = host_of(href).removeprefix("www.")
        if host in _SHORTENERS:
            message = f"{host} hides where the link leads; filters distrust what others hide behind it"
            yield Found(place=document.place(link), message=message)


def _no_way_out(view: View) -> Iterator[Found]:
    for specimen in view.specimens:
        out = specimen.unsubscribe_url
        if specimen.document and not any(
            out in (link.get("href") or "") for link in specimen.document.named("a", "area")
        ):
            message = "there is no unsubscribe link in the HTML; write {{ unsubscribe_url }} into the layout"
            yield Found(place=view.layout("html.jinja"), message=message)
        if out not in specimen.text:
            message = "there is no unsubscribe link in the text; write {{ unsubscribe_url }} into the layout"
            yield Found(place=view.layout("text.jinja"), message=message)


def _no_archive(view: View) -> Iterator[Found]:
    own = view.settings.newsletter.public_url
    for specimen in view.specimens[:1]:
        if specimen.document is None:
            continue
        links = [link.get("href") or "" for link in specimen.document.named("a")]
        if not own or not any(link.startswith(own) and "/u/" not in link for link in links):
            message = (
                "no link leads to the letter's page or the archive, for readers whose program shows it badly"
            )
            yield Found(place=view.layout("html.jinja"), message=message)


def _dead(view: View) -> Iterator[Found]:
    for document, link, href in _links(view):
        answer = (view.web or {}).get(href)
        if answer is None:
            continue
        fault = answer.failure
        if answer.status is not None and answer.status >= _MOST_REDIRECTED and answer.status not in _ALIVE:
            fault = f"the server says {answer.status}"
        if fault:
            yield Found(place=document.place(link), message=f"{href[:100]}: {fault}")


RULES = (
    Rule(
        id="LNK001",
        severity=Severity.ERROR,
        why="A link that leads nowhere was to be filled in later.",
        source="every newsroom",
        kind=Sample.BODY,
        bad="Read [the whole story](#) on our page.",
        good="Read [the whole story](https://example.com/story) on our page.",
        look=_placeholder,
    ),
    Rule(
        id="LNK002",
        severity=Severity.ERROR,
        why="A letter has no page that an address could be relative to.",
        source="RFC 3986, section 5.1",
        kind=Sample.BODY,
        bad="Read [the whole story](/story/12) on our page.",
        good="Read [the whole story](https://example.com/story/12) on our page.",
        look=_malformed,
    ),
    Rule(
        id="LNK003",
        severity=Severity.ERROR,
        why="localhost, private addresses and staging hosts are reached by nobody but you.",
        source="RFC 1918, RFC 6761",
        kind=Sample.BODY,
        bad="Read [the whole story](http://localhost:8000/story) on our page.",
        good="Read [the whole story](https://example.com/story) on our page.",
        look=_private_host,
    ),
    Rule(
        id="LNK004",
        severity=Severity.WARNING,
        why="Plain http is marked as unsafe by browsers, and can be changed on the way.",
        source="RFC 9110, section 17.1",
        kind=Sample.BODY,
        bad="Read [the whole story](http://example.com/story) on our page.",
        good="Read [the whole story](https://example.com/story) on our page.",
        look=_insecure,
    ),
    Rule(
        id="LNK005",
        severity=Severity.WARNING,
        why="Who hears links read out, one after the other, hears `here, here, here`.",
        source="WCAG 2.1, 2.4.4 and technique F84",
        kind=Sample.BODY,
        bad="For the whole story [click here](https://example.com/story).",
        good="Read [the whole story](https://example.com/story).",
        look=_vague,
    ),
    Rule(
        id="LNK006",
        severity=Severity.ERROR,
        why="A link that shows one address and leads to another is what phishing filters look for.",
        source="SpamAssassin: URI_PHISH; Gmail's warning on such links",
        kind=Sample.BODY,
        bad='See <a href="https://tracker.example.org/c/1">https://example.com/story</a> for more.',
        good='See <a href="https://example.com/story">https://example.com/story</a> for more.',
        look=_deceiving,
    ),
    Rule(
        id="LNK007",
        severity=Severity.WARNING,
        why="A shortened address shares the good name of all who use the shortener, and they are many.",
        source="Spamhaus DBL on abused redirectors",
        kind=Sample.BODY,
        bad="Read [the whole story](https://bit.ly/3abcdef) on our page.",
        good="Read [the whole story](https://example.com/story) on our page.",
        look=_shortened,
    ),
    Rule(
        id="LNK008",
        severity=Severity.ERROR,
        why="Who finds no way out presses the spam button.",
        source="CAN-SPAM Act, 15 U.S.C. 7704(a)(3); GDPR, article 7(3)",
        kind=Sample.TEXT,
        bad="{{ content }}\n\n{{ newsletter.postal_address }}",
        good="{{ content }}\n\nOut: {{ unsubscribe_url }}\n{{ newsletter.postal_address }}",
        look=_no_way_out,
    ),
    Rule(
        id="LNK009",
        severity=Severity.INFO,
        why="Where a mail program shows the letter badly, its page on the web helps.",
        source="custom of the trade",
        kind=Sample.CONFIG,
        bad='[newsletter]\nunsubscribe_mailto = "leave@example.com"',
        good='[newsletter]\npublic_url = "https://letters.example.com"',
        look=_no_archive,
    ),
    Rule(
        id="LNK010",
        severity=Severity.WARNING,
        why="A dead link costs a reader a minute and you a little trust.",
        source="asked for with --online",
        kind=Sample.WEB,
        bad="https://example.com/story 404 text/html",
        good="https://example.com/story 200 text/html",
        look=_dead,
        network=True,
    ),
)
