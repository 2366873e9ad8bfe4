"""ISS: what the author wrote at the head of an issue, and left behind in its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from dispatch.check.place import Place, lines_in_words
from dispatch.check.rule import Found, Rule, Sample, Severity, by_refusal
from dispatch.check.view import View

_SHORTEST, _LONGEST = 10, 78
_FAR = 180  # days; a wrong year is found, an issue from the drawer is not
_MOST_EMOJI = 2
_CAPITALS = 6
_REPLY = re.compile(r"\s*(?:re|fwd?|aw|wg|sv|tr|rv)(?:\[\d+\])?:(?:\s|$)", re.IGNORECASE)
_LEFT_BEHIND = re.compile(r"\b(?:TODO|FIXME|TK|TKTK)\b|\blorem ipsum\b", re.IGNORECASE)
_CAPITAL_WORDS = ("todo", "fixme", "tk", "tktk")
_ATTACHED = re.compile(
    r"\battached\b(?! to (?!this|the (?:mail|e-mail|email|letter|message)))"
    r"|\battachments?\b|\bim Anhang\b",
    re.IGNORECASE,
)


def _subject_missing(view: View) -> Iterator[Found]:
    for specimen in view.specimens:
        if not specimen.subject.strip():
            yield Found(place=view.front("subject"), message=f"the subject is empty for {specimen.email}")


def _subject_length(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        size = len(specimen.subject)
        if specimen.subject.strip() and not _SHORTEST <= size <= _LONGEST:
            much = "few" if size < _SHORTEST else "many; what is behind is cut off in most inboxes"
            message = f"the subject has {size} characters, too {much} ({_SHORTEST} to {_LONGEST} are good)"
            yield Found(place=view.front("subject"), message=message)


def _subject_shouts(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        subject = specimen.subject
        letters = [letter for letter in subject if letter.isalpha() and letter.upper() != letter.lower()]
        emoji = sum(_is_emoji(letter) for letter in subject)
        place = view.front("subject")
        if len(letters) >= _CAPITALS and all(letter.isupper() for letter in letters):
            yield Found(place=place, message="the subject is all in capitals")
        if "!!" in subject:
            yield Found(place=place, message="the subject has more than one exclamation mark in a row")
        if emoji > _MOST_EMOJI:
            yield Found(place=place, message=f"the subject has {emoji} emoji; {_MOST_EMOJI} are plenty")


def _is_emoji(letter: str) -> bool:
    return letter >= "\u2600" and unicodedata.category(letter) == "So"


def _false_reply(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        if match := _REPLY.match(specimen.subject):
            message = f"the subject begins with {match[0].strip()}, but this letter answers nobody"
            yield Found(place=view.front("subject"), message=message)


def _preheader(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        preheader = specimen.preheader.strip()
        if not preheader:
            message = (
                "there is no preheader; inboxes will show the first words of the letter beside the subject"
            )
            yield Found(place=view.front("preheader"), message=message)
        elif preheader.casefold() == specimen.subject.strip().casefold():
            yield Found(place=view.front("preheader"), message="the preheader says what the subject says")
        elif not 40 <= len(preheader) <= 140:
            much = "little" if len(preheader) < 40 else "much"
            message = f"the preheader has {len(preheader)} characters, too {much} (40 to 140 are good)"
            yield Found(place=view.front("preheader"), message=message)


def _left_behind(view: View) -> Iterator[Found]:
    if view.issue is None or view.draft is None:
        return
    for key, text in (("subject", view.issue.subject), ("preheader", view.issue.preheader)):
        for words in _leftovers(text):
            yield Found(place=view.front(key), message=f"{words} is left in the {key}")
    for element, text in view.draft.document.texts:
        for words in _leftovers(text):
            found = view.sources.find(words) or view.draft.document.place(element)
            yield Found(place=found, message=f"{words} is left in the text")


def _leftovers(text: str) -> list[str]:
    return [
        words
        for words in _LEFT_BEHIND.findall(text)
        if words.lower() not in _CAPITAL_WORDS or words.isupper()
    ]


def _sent_already(view: View) -> Iterator[Found]:
    if view.issue is None:
        return
    for other in view.earlier:
        if other.slug == view.issue.slug:
            message = f"the slug {other.slug} belongs to {other.file}, which is sent already"
            yield Found(place=view.front("slug"), message=message)
        elif view.issue.number is not None and other.number == view.issue.number:
            message = f"number {other.number} is {other.file}, which is sent already"
            yield Found(place=view.front("number"), message=message)


def _far_date(view: View) -> Iterator[Found]:
    if view.issue is None or view.issue.date is None or view.already_sent:
        return
    days = (view.issue.date - view.today).days
    if abs(days) > _FAR:
        when = f"{days} days ahead" if days > 0 else f"{-days} days ago"
        yield Found(place=view.front("date"), message=f"the date {view.issue.date} is {when}")


def _nothing_attached(view: View) -> Iterator[Found]:
    if view.draft is None:
        return
    for element, text in view.draft.document.texts:
        if match := _ATTACHED.search(text):
            place: Place = view.sources.find(match[0]) or view.draft.document.place(element)
            yield Found(place=place, message=f"the text says {match[0]!r}, but letters carry no attachments")
            return


def unfit_subjects(view: View) -> Iterator[Found]:
    """Rows whose value breaks the header field that it stands in; found for HDR005."""
    if view.people and view.people.unfit.count:
        unfit = view.people.unfit
        message = (
            f"a value of the subject has a control character in {lines_in_words(unfit.lines)}; "
            "these readers would be left out"
        )
        place = Place(view.people.file, unfit.lines[0])
        yield Found(place=place, message=message, lines=tuple(unfit.lines))


RULES = (
    Rule(
        id="ISS001",
        severity=Severity.ERROR,
        why="An issue whose front matter does not parse, or has a value of a wrong type, cannot be sent.",
        source="YAML 1.2; the keys are those of dispatch help personalisation",
        kind=Sample.FRONT,
        bad="number: twelve",
        good="number: 12",
        look=by_refusal,
    ),
    Rule(
        id="ISS002",
        severity=Severity.WARNING,
        why="A key that dispatch does not know does nothing, and is most often a slip of the fingers.",
        source="keys of your own go under `meta:`",
        kind=Sample.FRONT,
        bad="preheadr: What happened this week, told in a few lines that are worth reading.",
        good="meta: {mood: calm}",
        look=by_refusal,
    ),
    Rule(
        id="ISS003",
        severity=Severity.ERROR,
        why="A letter without a subject looks like spam, and filters treat it so.",
        source="RFC 5322, section 3.6.5",
        kind=Sample.FRONT,
        bad='subject: ""',
        good='subject: "The first letter of spring"',
        look=_subject_missing,
    ),
    Rule(
        id="ISS004",
        severity=Severity.WARNING,
        why="Inboxes show 40 to 78 characters of a subject; under 10 it says nothing.",
        source="RFC 5322, section 2.1.1, and the width of an inbox on a phone",
        kind=Sample.FRONT,
        bad='subject: "News"',
        good='subject: "News from the harbour"',
        look=_subject_length,
    ),
    Rule(
        id="ISS005",
        severity=Severity.WARNING,
        why="Capitals, repeated exclamation marks and rows of emoji are what spam filters count.",
        source="SpamAssassin: SUBJ_ALL_CAPS, PLING_PLING",
        kind=Sample.FRONT,
        bad='subject: "LAST CHANCE TO READ"',
        good='subject: "Last chance to read"',
        look=_subject_shouts,
    ),
    Rule(
        id="ISS006",
        severity=Severity.ERROR,
        why="A Re: or Fwd: before a letter that answers nobody deceives, and is against the law in places.",
        source="CAN-SPAM Act, 15 U.S.C. 7704(a)(2)",
        kind=Sample.FRONT,
        bad='subject: "Re: your question about ports"',
        good='subject: "Your questions about ports"',
        look=_false_reply,
    ),
    Rule(
        id="ISS007",
        severity=Severity.WARNING,
        why="The preheader is the second line of the inbox; without one it shows whatever stands first.",
        source="inboxes of Gmail, Apple Mail and Outlook",
        kind=Sample.FRONT,
        bad="preheader: Read this.",
        good="preheader: What happened this week, told in a few lines that are worth reading.",
        look=_preheader,
    ),
    Rule(
        id="ISS008",
        severity=Severity.WARNING,
        why="TODO, TK, FIXME and lorem ipsum are notes to oneself.",
        source="every newsroom",
        kind=Sample.BODY,
        bad="The ship arrived on TK and left again.",
        good="The ship arrived on Monday and left again.",
        look=_left_behind,
    ),
    Rule(
        id="ISS009",
        severity=Severity.ERROR,
        why="The ledger knows an issue by its slug: a second one of that name would reach nobody.",
        source="dispatch help delivery",
        kind=Sample.LEDGER,
        bad="issue-sent number 12",
        good="issue-sent number 11",
        look=_sent_already,
    ),
    Rule(
        id="ISS010",
        severity=Severity.WARNING,
        why="A date that is far from today is most often last year's.",
        source="every January",
        kind=Sample.FRONT,
        bad="date: 2019-01-04",
        good="number: 3",
        look=_far_date,
    ),
    Rule(
        id="ISS011",
        severity=Severity.WARNING,
        why="The text speaks of an attachment, and letters carry none.",
        source="dispatch sends pictures and links, no files",
        kind=Sample.BODY,
        bad="Please find the slides attached.",
        good="Please find [the slides](https://example.com/slides) on our page.",
        look=_nothing_attached,
    ),
)
