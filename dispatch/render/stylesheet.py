"""Styles that the inliner would lose or break are refused first, with the line of the template they stand in.

What is refused may stand in `<style data-premailer="ignore">`, which stays as it is. The door to tinycss2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tinycss2

from dispatch.errors import TemplateInvalid

_ELSEWHERE = 'put it into <style data-premailer="ignore">, which stays as it is'


def refuse_what_would_be_lost(css: str, sources: Mapping[str, str], *, file: str) -> None:
    """Raise TemplateInvalid for the first rule of a style element that premailer 3.10 cannot carry over."""
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        fault = _fault(rule)
        if fault:
            name, line = _found(css, rule.source_line, sources)
            raise TemplateInvalid(fault, file=name or file, line=line, hint=_ELSEWHERE)


def _found(css: str, number: int, sources: Mapping[str, str]) -> tuple[str, int | None]:
    """The template and line that a line of the finished style came from."""
    wanted = css.split("\n")[number - 1].strip()
    for name, source in sources.items():
        for at, line in enumerate(source.split("\n"), start=1):
            if wanted and line.strip() == wanted:
                return f"templates/{name}", at
    return "", None


def _fault(rule: Any) -> str:
    if rule.type == "error":
        return f"this style does not parse: {rule.message}"
    if rule.type == "at-rule":
        return _at_rule_fault(rule)
    return _selector_fault(rule.prelude) or _declarations_fault(rule.content)


def _at_rule_fault(rule: Any) -> str:
    if rule.lower_at_keyword == "import":
        return "@import is never followed"
    if rule.lower_at_keyword != "media":
        return f"@{rule.at_keyword} would be lost when styles are inlined"
    inside = tinycss2.parse_rule_list(rule.content or [], skip_comments=True, skip_whitespace=True)
    return "a rule inside @media begins with @, which breaks the inliner" if _any(inside, "at-rule") else ""


def _any(nodes: Iterable[Any], kind: str) -> bool:
    return any(node.type == kind for node in nodes)


def _selector_fault(prelude: list[Any]) -> str:
    selector = tinycss2.serialize(prelude).strip()
    if any(node.type == "literal" and node.value == "*" for node in prelude):
        return f"{selector} has a *, and such a rule would be lost when styles are inlined"
    for node in prelude:
        if node.type == "[] block" and "," in tinycss2.serialize(node.content):
            return f"{selector} has a comma between brackets, which breaks the inliner"
        if node.type == "[] block" and tinycss2.serialize(node.content).startswith("data-og"):
            return f"{selector} is for one mail program, and would be lost when styles are inlined"
    if selector.replace(" ", "").startswith("u+"):
        return f"{selector} is for one mail program, and would be lost when styles are inlined"
    return ""


def _declarations_fault(content: list[Any]) -> str:
    if _any(content, "{} block"):
        return "a rule inside a rule would be lost when styles are inlined"
    seen = set()
    for node in tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration":
            continue
        if node.lower_name in seen:
            return f"{node.name} is set twice in one rule, and only the last would be kept"
        seen.add(node.lower_name)
        if fault := _value_fault(node):
            return fault
    return ""


def _value_fault(declaration: Any) -> str:
    for node in declaration.value:
        if node.type == "function" and node.lower_name == "var":
            return f"{declaration.name} uses var(), which many mail programs do not know"
        if node.type == "function" and "/" in tinycss2.serialize(node.arguments) and node.lower_name != "url":
            return (
                f"{declaration.name} uses {node.name}() with a /, which would be lost when styles are inlined"
            )
    return ""
