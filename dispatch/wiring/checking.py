"""Everything that the rules look at, gathered: the issue set twice, its readers, its list, its ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from dispatch.check.census import Census, ListFacts, Longest, Questions
from dispatch.check.draft import CONTENT_BEGINS, CONTENT_ENDS, Draft, columns_in
from dispatch.check.place import Source, Sources, stamped
from dispatch.check.registry import unknown
from dispatch.check.verdict import Selection, Verdict, judged
from dispatch.check.view import Earlier, PictureFacts, TrackRecord, View
from dispatch.errors import ConfigInvalid, DataError, DispatchError
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.reputation import reputation
from dispatch.mail.header import HeaderUnsafe, check_header_value
from dispatch.mail.letter import Letters
from dispatch.model.issue import Issue
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.render.page import Page
from dispatch.wiring.clock import now
from dispatch.wiring.enquiry import Doors, ask_dns, ask_spamc, ask_web
from dispatch.wiring.inboxes import oldest_unsubscribe
from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project, shown
from dispatch.wiring.reader import choose_reader
from dispatch.wiring.specimens import Specimens, Watch, neutral_reader, reader_of

_FIRST_ROWS = 10_000
_FEW_ROWS = 1_000
_BATCH = 500
_TELL_EVERY = 10_000


class Reach(Enum):
    """How far into the list a check looks."""

    ONE = "the reader who is named"
    FIRST = "the first rows"
    ALL = "every row, and the longest copy"
    LETTER = "as many rows as the letter itself asks for, before a send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be checked, for whom, and by which rules."""

    selection: Selection = field(default_factory=Selection)
    as_whom: str | None = None
    reach: Reach = Reach.FIRST
    list_file: Path | None = None
    doors: Doors = field(default_factory=Doors)
    progress: Callable[[int], None] = lambda _rows: None


def examine(
    project: Project, path: Path, wish: Wish, *, ledger: Ledger | None, letters: Letters | None = None
) -> Verdict:
    """Gather and judge. `letters` are the issue's own, where somebody has made them. Raises ConfigInvalid."""
    return judged(gathered(project, path, wish, ledger=ledger, letters=letters), wish.selection)


def gathered(
    project: Project, path: Path, wish: Wish, *, ledger: Ledger | None, letters: Letters | None = None
) -> View:
    """What the rules look at. Raises ConfigInvalid."""
    return _Gathering(project, path, wish, ledger).view(letters)


class _Gathering:
    """One view in the making."""

    def __init__(self, project: Project, path: Path, wish: Wish, ledger: Ledger | None) -> None:
        self._project = project
        self._path = path
        self._wish = wish
        self._ledger = ledger
        self._list = project.list_file(wish.list_file)
        self._watch = Watch(project, path)
        if name := unknown(project.settings.check.ignore):
            raise ConfigInvalid(
                f"check.ignore names {name}, which is no rule",
                file=project.configuration.file,
                hint="all rules: dispatch check --explain all",
            )

    def view(self, letters: Letters | None) -> View:
        """The view, as far as the issue can be read and rendered."""
        bare = View(
            file=shown(self._path),
            issue=None,
            refusal=None,
            settings=self._project.settings,
            origins=self._project.configuration.origins,
            configuration=self._project.configuration.file,
            sources=Sources(Source(file=shown(self._path), text="")),
            now=now().astimezone(self._project.zone),
        )
        try:
            issue = self._project.read_issue(self._path)
        except DataError as error:
            return replace(bare, refusal=error, people=self._census(None, Questions()))
        view = self._with_past(replace(bare, issue=issue), issue)
        try:
            return self._rendered(view, issue, letters)
        except DataError as error:
            sources = self._sources(issue)
            return replace(view, refusal=error, sources=sources, people=self._census(None, Questions()))

    def _rendered(self, view: View, issue: Issue, letters: Letters | None) -> View:
        columns = self._columns()
        watch = self._watch
        if letters is None:
            page = print_page(self._project, issue, self._path, columns, templates=watch.template)
            letters = print_letters(self._project, issue, page)
        marked = self._marked(issue, columns, letters.page)
        sources = self._sources(issue)
        pictures = self._pictures(issue, letters.page)
        written = {address: picture.path for address, picture in pictures.items()}
        draft = Draft(marked.draft, marked.parts, sources, written) if marked.has_html else None
        specimens = Specimens(letters, marked, sources, written, issue)
        questions = self._questions(draft, issue, letters.page)
        people = self._census(specimens, questions)
        copies = tuple(specimens.set)
        online = self._wish.selection.online
        sender = issue.sender or self._project.settings.newsletter.sender
        asks_spamc = copies and self._wish.reach is not Reach.LETTER
        return replace(
            view,
            sources=sources,
            draft=draft,
            pictures=pictures,
            people=people,
            specimens=copies,
            web=ask_web(draft, self._wish.doors.web()) if online and self._asks("LNK", "IMG") else None,
            dns=ask_dns(self._project, sender.address.domain, self._wish.doors.dns())
            if online and self._asks("DNS")
            else None,
            spam=ask_spamc(copies[0].message) if asks_spamc and self._asks("SPM") else None,
        )

    def _asks(self, *families: str) -> bool:
        ignored = {name.upper() for name in self._wish.selection.ignore}
        asked = {rule.family for rule in self._wish.selection.rules()} - ignored
        return any(family in asked for family in families)

    def _columns(self) -> tuple[str, ...]:
        if not self._list.is_file():
            return ("email",)
        return self._project.read_list(self._list).columns

    def _marked(self, issue: Issue, columns: tuple[str, ...], page: Page) -> Page:
        """The page once more, every tag stamped with its place; the page itself when that goes wrong."""
        watch = self._watch
        marked = stamped(issue.body, 0, issue.body_line)
        body = f"<!--{CONTENT_BEGINS}-->\n\n{marked}\n\n<!--{CONTENT_ENDS}-->\n"
        try:
            return print_page(
                self._project,
                replace(issue, body=body, body_line=issue.body_line - 2),
                self._path,
                columns,
                templates=watch.stamped_template,
                images=watch.picture,
            )
        except DispatchError:
            return page

    def _sources(self, issue: Issue) -> Sources:
        return Sources(
            Source(file=issue.file, text=issue.body, first=issue.body_line),
            [Source(file=f"templates/{name}", text=text) for name, text in self._watch.templates.items()],
        )

    def _pictures(self, issue: Issue, page: Page) -> Mapping[str, PictureFacts]:
        """The local pictures by the address that readers use: on the web, or inside of the mail."""
        host = self._project.settings.newsletter.image_host
        found = {}
        for path, picture in self._watch.pictures.items():
            if host:
                found[f"{host}/{issue.slug}/{quote(path.removeprefix('./'))}"] = picture
                continue
            for image in page.embedded:
                if image.file_name == Path(path).name and len(image.data) == picture.bytes:
                    found[f"cid:{image.content_id}"] = picture
        return found

    def _questions(self, draft: Draft | None, issue: Issue, page: Page) -> Questions:
        return Questions(
            used=sorted(page.used_fields - {"email"}),
            asked_for=sorted(draft.asked_for) if draft else (),
            bare=sorted(draft.bare) if draft else (),
            addresses=sorted(draft.addresses) if draft else (),
            headers=[name for name in columns_in(issue.subject) if name in page.used_fields],
            is_unfit=_is_unfit,
        )

    def _census(self, specimens: Specimens | None, questions: Questions) -> ListFacts | None:
        """One pass over the list, or over one row of it. None without a list."""
        wish = self._wish
        if not self._list.is_file():
            if specimens:
                specimens.add(choose_reader(self._project, wish.as_whom), is_first=True)
            return None
        census = Census(questions)
        if wish.reach is Reach.ONE:
            reader = choose_reader(self._project, wish.as_whom)
            census.add(Subscriber(address=reader.address, line=reader.line or 1, fields=reader.fields))
            if specimens:
                specimens.add(reader, is_first=True)
            return census.facts(file=shown(self._list), columns=reader.columns, is_whole=False)
        people = self._project.read_list(self._list)
        longest = Longest(questions.used, questions.asked_for) if wish.reach is Reach.ALL else None
        limit = self._limit(questions)
        rows = self._known(islice(people, limit), census)
        for row in rows:
            if census.add(row) and specimens and isinstance(row, Subscriber):
                specimens.add(reader_of(row, people.columns))
            if longest and specimens and isinstance(row, Subscriber) and longest.may_be(row.fields):
                specimens.measure(row)
            if census.rows % _TELL_EVERY == 0:
                wish.progress(census.rows)
        is_whole = limit is None or census.rows < limit
        largest = specimens.largest if specimens else (0, "", 0)
        if specimens and not specimens.set:
            specimens.add(neutral_reader(people.columns))
        return census.facts(
            file=shown(self._list), columns=people.columns, is_whole=is_whole, largest=largest
        )

    def _limit(self, questions: Questions) -> int | None:
        if self._wish.reach is Reach.ALL or (self._wish.reach is Reach.LETTER and questions.addresses):
            return None
        return _FEW_ROWS if self._wish.reach is Reach.LETTER else _FIRST_ROWS

    def _known(self, rows: Iterable[Subscriber | BadRow], census: Census) -> Iterator[Subscriber | BadRow]:
        """The rows, those whom the ledger suppresses noted."""
        rows = iter(rows)
        while batch := list(islice(rows, _BATCH)):
            if self._ledger and self._wish.reach is not Reach.LETTER:
                good = {row.address.key: row.line for row in batch if isinstance(row, Subscriber)}
                for key in self._ledger.suppressed(good.keys()):
                    census.suppress(good[key])
            yield from batch

    def _with_past(self, view: View, issue: Issue) -> View:
        """The view with what the ledger says: earlier issues, whether this one is sent, how sending went."""
        if self._ledger is None:
            return view
        here = self._project.kept(self._path)
        earlier = []
        already_sent = False
        for record in self._ledger.issues():
            if record.issue_file == here:
                already_sent = already_sent or record.slug == issue.slug
                continue
            if (number := self._number_of(record.issue_file)) is not _GONE:
                earlier.append(Earlier(file=record.issue_file, slug=record.slug, number=number))
        known = reputation(self._ledger, now=now())
        track_record = TrackRecord(
            sent=known.sent,
            complaints=known.complaints,
            hard_bounces=known.hard_bounces,
            busiest_day=known.busiest_day,
            oldest_unsubscribe_waiting=oldest_unsubscribe(
                self._project, self._ledger, online=self._wish.selection.online
            ),
        )
        return replace(view, earlier=tuple(earlier), already_sent=already_sent, track_record=track_record)

    def _number_of(self, file: str) -> int | None:
        """The number of another issue; _GONE when its file is not there any more, as after a new name."""
        path = self._project.root / file
        if not path.is_file():
            return _GONE
        try:
            return self._project.read_issue(path).number
        except DispatchError:
            return None


_GONE = -1


def _is_unfit(value: str) -> bool:
    try:
        check_header_value(value)
    except HeaderUnsafe:
        return True
    return False
