"""SIZ: how large the letter is, for mailboxes that cut and relays that refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch.check.place import Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import View

GMAIL_CLIPS = 102_400
_NEAR = 85 * 1024
_STYLE = 16 * 1024
_LONGEST_LINE = 998
_FEW, _MANY = 50, 5_000
_C1 = re.compile("[\x80-\x9f]")
_C1_REFERENCE = re.compile(r"&#(?:1(?:2[89]|[345]\d)|[xX]0*[89][0-9a-fA-F]);")


def _html_size(view: View) -> Iterator[Found]:
    sizes = [(len(one.html.encode()), one.email) for one in view.specimens if one.html is not None]
    if view.people and view.people.largest_html:
        line = f" ({view.people.file}:{view.people.largest_line})"
        sizes.append((view.people.largest_html, view.people.largest_reader + line))
    size, reader = max(sizes, default=(0, ""))
    if size > GMAIL_CLIPS:
        message = f"the HTML for {reader} has {size:,} bytes; Gmail hides what is beyond {GMAIL_CLIPS:,}"
        yield Found(place=Place(view.file, 1), message=message)
    elif size > _NEAR:
        message = f"the HTML for {reader} has {size:,} bytes, close to the {GMAIL_CLIPS:,} that Gmail shows"
        yield Found(place=Place(view.file, 1), message=message, severity=Severity.WARNING)


def _style_size(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        if specimen.document is None:
            continue
        for style in specimen.document.named("style"):
            size = len((style.text or "").encode())
            if size > _STYLE:
                message = f"this style element has {size:,} bytes; Gmail drops one over {_STYLE:,}"
                first = next((line for line in (style.text or "").split("\n") if line.strip()), "")
                place = view.sources.find_style(first) or specimen.document.place(style)
                yield Found(place=place, message=message)


def _c1_controls(view: View) -> Iterator[Found]:
    for source in view.sources.all:
        for number, line in enumerate(source.text.split("\n"), start=source.first):
            if match := _C1.search(line) or _C1_REFERENCE.search(line):
                name = f"U+{ord(match[0]):04X}" if len(match[0]) == 1 else match[0]
                message = f"a C1 control character ({name}), at which Gmail cuts the letter off"
                yield Found(place=Place(source.file, number), message=message)


def _wire_lines(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        body = specimen.message.partition(b"\r\n\r\n")[2]
        longest = max(map(len, body.split(b"\r\n")), default=0)
        if longest > _LONGEST_LINE:
            message = (
                f"a line of the mail has {longest:,} bytes; servers may refuse more than {_LONGEST_LINE}"
            )
            yield Found(place=Place(view.file, 1), message=message)


def _word_count(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        words = len(specimen.text.split())
        if not _FEW <= words <= _MANY:
            much = "few" if words < _FEW else "many"
            yield Found(place=Place(view.file, 1), message=f"the letter has {words:,} words, which is {much}")


RULES = (
    Rule(
        id="SIZ001",
        severity=Severity.ERROR,
        why="Gmail shows 102,400 bytes of HTML and folds the rest away, the way out with it.",
        source="Gmail: [Message clipped]",
        kind=Sample.BODY,
        bad="\n\n".join(["The harbour lies still and the gulls sleep on the masts of the boats."] * 1100),
        good="The harbour lies still and the gulls sleep on the masts of the boats.",
        look=_html_size,
    ),
    Rule(
        id="SIZ002",
        severity=Severity.ERROR,
        why="A style element over 16 KB is dropped as a whole.",
        source="Gmail's support of CSS",
        kind=Sample.KEPT,
        bad="\n".join(f".wide-name-{number} {{ padding-top: {number}px }}" for number in range(500)),
        good="h1 { padding-top: 4px }",
        look=_style_size,
    ),
    Rule(
        id="SIZ003",
        severity=Severity.ERROR,
        why="At a C1 control character Gmail cuts the letter off, however short it is.",
        source="seen at Gmail; such characters come from text pasted as windows-1252",
        kind=Sample.BODY,
        bad="It&#146;s a quiet morning.",
        good="It&#8217;s a quiet morning.",
        look=_c1_controls,
    ),
    Rule(
        id="SIZ004",
        severity=Severity.ERROR,
        why="A server may refuse or break a line of more than 998 bytes.",
        source="RFC 5321, section 4.5.3.1.6",
        kind=Sample.MESSAGE,
        bad="\n" + "line " * 220,
        good="\n" + "line " * 20,
        look=_wire_lines,
    ),
    Rule(
        id="SIZ005",
        severity=Severity.INFO,
        why="A letter of under 50 words looks like spam to filters; one of over 5,000 is a book.",
        source="SpamAssassin: low text ratio",
        kind=Sample.BODY,
        bad="\n\n".join(["The harbour lies still and the gulls sleep on the masts."] * 500),
        good="The harbour lies still.",
        look=_word_count,
    ),
)
