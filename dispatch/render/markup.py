"""Blocks -> HTML: the elements and classes that the layouts' styles are made for."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from html import escape
from itertools import islice, takewhile
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from dispatch.render.container import COLUMN, COLUMNS, is_callout
from dispatch.render.footnotes import footnote_number
from dispatch.render.highlight import highlighted
from dispatch.render.shapes import is_button
from dispatch.render.tree import Node, flat

_TABLE = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">'
# Side by side where there is room, one under the other where there is none, in any client that knows
# inline-block; Outlook's Word engine does not, and gets a table.
_COLUMN_STYLE = (
    "display:inline-block;box-sizing:border-box;width:{share};min-width:{least}px;vertical-align:top"
)
_SHARES = {2: ("half", "50%", 220), 3: ("third", "33.33%", 150)}
_PLACES = {2: ("first", "last"), 3: ("first", "middle", "last")}
# A table of more columns is moved to the side by itself on a phone, and the page around it stays in place.
_TABLE_FITS = 4
_SCROLLED = '<div style="overflow-x:auto">\n'
# Outlook's Word engine knows no padding around a link: spaces as wide as the padding are shown to it alone.
_BUTTON_START = (
    '<!--[if mso]><i style="mso-font-width:200%;mso-text-raise:24pt" hidden>&emsp;</i>'
    '<span style="mso-text-raise:12pt"><![endif]-->'
)
_BUTTON_END = '<!--[if mso]></span><i style="mso-font-width:200%" hidden>&emsp;&#8203;</i><![endif]-->'


def html(blocks: Sequence[Node]) -> str:
    """The blocks as HTML, tokens still in it."""
    options = MarkdownIt("js-default").options
    return str(_Html().render(flat(blocks), options, {}))


_Env = MutableMapping[str, Any]


class _Html(RendererHTML):
    """A method renders the token that it is named after."""

    def __init__(self) -> None:
        super().__init__()
        self._boxes: list[Token] = []
        self._buttons: list[bool] = []
        self._tables: list[bool] = []

    def statement(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        return tokens[at].content + "\n"

    def fence(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        language = (tokens[at].info.split() or [""])[0]
        return _code(tokens[at], highlighted(tokens[at].content, language))

    def code_block(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        return _code(tokens[at], escape(tokens[at].content, quote=False))

    def table_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, _env: _Env) -> str:
        tokens[at].attrSet("class", _classes("data", tokens[at]))
        self._tables.append(_columns_of_table(tokens, at) > _TABLE_FITS)
        return (_SCROLLED if self._tables[-1] else "") + self.renderToken(tokens, at, options, _env)

    def table_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, _env: _Env) -> str:
        return self.renderToken(tokens, at, options, _env) + ("</div>\n" if self._tables.pop() else "")

    def th_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, _env: _Env) -> str:
        tokens[at].attrSet("scope", "col")
        return self.renderToken(tokens, at, options, _env)

    def link_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env) -> str:
        self._buttons.append(is_button(tokens[at]))
        return self.renderToken(tokens, at, options, env) + (_BUTTON_START if self._buttons[-1] else "")

    def link_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env) -> str:
        return (_BUTTON_END if self._buttons.pop() else "") + self.renderToken(tokens, at, options, env)

    def figure(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env) -> str:
        meta = tokens[at].meta
        picture = self.image([meta["image"]], 0, options, env)
        hover = f' title="{escape(meta["hover"])}"' if meta["hover"] else ""
        shown = f'<a href="{escape(meta["link"])}"{hover}>{picture}</a>' if meta["link"] else picture
        caption = self.renderInline(meta["caption"], options, env)
        below = f"\n<figcaption>{caption}</figcaption>" if caption else ""
        return f'<figure class="figure">\n{shown}{below}\n</figure>\n'

    def container_open(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        box = tokens[at]
        self._boxes.append(box)
        if box.info == COLUMN:
            return _column(box)
        kind = f"callout {box.info}" if is_callout(box) else box.info
        box.attrSet("class", _classes(kind, box))
        table = f"<!--[if mso]>{_TABLE}<tr><![endif]-->" if box.info == COLUMNS else "\n"
        return f"<div{self.renderAttrs(box)}>{table}"

    def container_close(self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env) -> str:
        kind = self._boxes.pop().info
        if kind == COLUMN:
            return "</div><!--[if mso]></td><![endif]-->"
        return ("<!--[if mso]></tr></table><![endif]-->" if kind == COLUMNS else "") + "</div>\n"

    def container_title_open(
        self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env
    ) -> str:
        return '<p class="callout-title">'

    def container_title_close(
        self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env
    ) -> str:
        return "</p>\n"

    def footnote_ref(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        return f"<sup>{footnote_number(tokens[at])}</sup>"

    def footnote_block_open(
        self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env
    ) -> str:
        return '<section class="footnotes">\n<ol>\n'

    def footnote_block_close(
        self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env
    ) -> str:
        return "</ol>\n</section>\n"

    def footnote_open(self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env) -> str:
        return "<li>"

    def footnote_close(self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env) -> str:
        return "</li>\n"

    def footnote_anchor(self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env) -> str:
        return ""


def _columns_of_table(tokens: Sequence[Token], at: int) -> int:
    head = takewhile(lambda token: token.type != "tr_close", islice(tokens, at, None))
    return sum(token.type == "th_open" for token in head)


def _column(box: Token) -> str:
    at, of = box.meta["at"], box.meta["of"]
    name, share, least = _SHARES[of]
    kind = _classes(f"{name} {_PLACES[of][at]}", box)
    style = _COLUMN_STYLE.format(share=share, least=least)
    cell = f'<td width="{share}" valign="top" style="padding:0 9px">'
    return f'<!--[if mso]>{cell}<![endif]--><div class="{kind}" style="{style}">\n'


def _code(token: Token, inside: str) -> str:
    return f'<pre class="{_classes("code", token)}"><code>{inside}</code></pre>\n'


def _classes(ours: str, token: Token) -> str:
    """Our classes, then the author's."""
    return escape(f"{ours} {token.attrs.get('class', '')}".strip())
