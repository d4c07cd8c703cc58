"""Mails out of words: Markdown in, a plain part and HTML with its layout out, both with their gaps left open.

A text is turned into HTML once for all people. While that is done a character that no text holds stands for each gap,
so what is filled in later is never read as Markdown.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import current_app
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from app.engine.placeholders.language import Choice, Node, Nodes, Slot
from app.engine.placeholders.stencils import Stencil, cleaned, cut
from app.reach.messages.placeholders import SHOP, UNSUBSCRIBE, read

Clean = Callable[[str], str]

FIRST_MARK, LAST_MARK = 0xF0000, 0xFFFFD
MARK = re.compile(f"[{chr(FIRST_MARK)}-{chr(LAST_MARK)}]")
UNSAFE = re.compile("[&<>\"']")
INDENTATION = re.compile(r"\n\s+")
SAFE = ("https://", "http://", "mailto:", "tel:")
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
UNSUBSCRIBE_WORDS = {
    "en": "Unsubscribe",
    "da": "Afmeld",
    "de": "Abmelden",
    "es": "Darse de baja",
    "fi": "Peruuta tilaus",
    "fr": "Se désabonner",
    "it": "Annulla l’iscrizione",
    "nb": "Meld deg av",
    "nl": "Afmelden",
    "pl": "Wypisz się",
    "pt": "Cancelar a subscrição",
    "sv": "Avregistrera dig",
    "zh": "退订",
}
STYLES = {
    "p": "margin:0 0 16px;font-size:16px;line-height:1.55",
    "h1": "margin:0 0 16px;font-size:24px;line-height:1.25;font-weight:700",
    "h2": "margin:24px 0 8px;font-size:18px;line-height:1.35;font-weight:700",
    "ul": "margin:0 0 16px;padding:0 0 0 22px;font-size:16px;line-height:1.55",
    "ol": "margin:0 0 16px;padding:0 0 0 22px;font-size:16px;line-height:1.55",
    "li": "margin:0 0 4px",
    "blockquote": "margin:0 0 16px;padding:0 0 0 14px;border-left:3px solid #d5dbe1",
    "hr": "margin:24px 0;border:0;border-top:1px solid #e3e6ea",
    "a": "color:#0b5d57;text-decoration:underline",
}


class Look(NamedTuple):
    """How a mail looks: its page, the line to unsubscribe by, and the styles at each element."""

    page: str
    foot: str
    styles: Mapping[str, str]


LOOKS = {
    "": Look("mail/message.html", "mail/_unsubscribe.html", STYLES),
    "plain": Look("mail/plain.html", "mail/_unsubscribe_plain.html", {}),
}


class _Markdown(MarkdownIt):
    """The few marks people type into mails; addresses stay as they are, for their gaps."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url


MARKDOWN = _Markdown("zero", {"breaks": True}).enable(
    ["newline", "escape", "emphasis", "link", "autolink", "heading", "list", "hr", "blockquote"]
)


def escape(value: str) -> str:
    """HTML that says the text; a name needs nothing as a rule, which is sooner seen than done."""
    return html.escape(value) if UNSAFE.search(value) else value


def compile_letter(parts: Mapping[str, str], locale: str) -> dict[str, Stencil]:
    """The subject, the plain part and the HTML of a mail out of what was written for it."""
    look = LOOKS[parts.get("look", "")]
    nodes = {key: read(MARK.sub("\ufffd", text)) for key, text in parts.items() if text.strip()}
    language = locale.partition("-")[0]
    goodbye = UNSUBSCRIBE_WORDS.get(language, UNSUBSCRIBE_WORDS["en"])
    return {
        "subject": cut(nodes.get("subject", ())),
        "text": cut(_text(nodes, goodbye)),
        "html": cut(_html(nodes, look, locale or "en", goodbye)),
    }


def _text(written: Mapping[str, Nodes], goodbye: str) -> Nodes:
    button: Nodes = ()
    if "button_label" in written and "button_url" in written:
        button = (*written["button_label"], ": ", *address(written["button_url"], str), "\n\n")
    foot = _where_wanted(("\n", goodbye, ": ", Slot(UNSUBSCRIBE), "\n"))
    return (*_Plain().blocks(written.get("body", ())), *button, "-- \n", Slot(SHOP), foot)


def _html(written: Mapping[str, Nodes], look: Look, locale: str, goodbye: str) -> Nodes:
    gaps = _Gaps()
    body = _Rich(look.styles).blocks(written.get("body", ()))
    foot = gaps.take(_render(look.foot, url=gaps.put(address([Slot(UNSUBSCRIBE)], escape)), words=goodbye))
    page = _render(
        look.page,
        locale=locale,
        direction="rtl" if locale.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
        subject=gaps.put(cleaned(written.get("subject", ()), escape)),
        preheader=gaps.put(cleaned(written.get("preheader", ()), escape)),
        body=gaps.put(body),
        button_label=gaps.put(cleaned(written.get("button_label", ()), escape)),
        button_url=gaps.put(address(written.get("button_url", ()), escape)),
        shop=gaps.put((Slot(SHOP, clean=escape),)),
        foot=gaps.put((_where_wanted(foot),)),
    )
    return gaps.take(INDENTATION.sub("\n", page))


def _where_wanted(words: Nodes) -> Choice:
    """Only for who is given an address to unsubscribe at."""
    return Choice(UNSUBSCRIBE, "", is_negated=False, is_block=False, then=words, otherwise=())


def _render(template: str, **values: Any) -> str:
    return current_app.jinja_env.get_template(template).render(**values)


def address(nodes: Iterable[Node], clean: Clean) -> Nodes:
    """What stands as an address: it begins safely or is empty, and what is filled in within is quoted."""

    def first(value: str) -> str:
        return clean(value) if value.strip().lower().startswith(SAFE) else ""

    def within(value: str) -> str:
        return quote(value, safe="")

    def made(node: Node, *, is_first: bool) -> Node:
        if isinstance(node, str):
            return first(node) if is_first else clean(node)
        if isinstance(node, Slot):
            fit = first if is_first else within
            return replace(node, otherwise=fit(node.otherwise), clean=fit)
        return replace(node, then=side(node.then, is_first), otherwise=side(node.otherwise, is_first))

    def side(nodes: Iterable[Node], is_first: bool) -> Nodes:
        return tuple(made(node, is_first=is_first and place == 0) for place, node in enumerate(nodes))

    return side(nodes, is_first=True)


class _Gaps:
    """Nodes that a character each stands for."""

    def __init__(self) -> None:
        self.kept: list[Node] = []

    def put(self, nodes: Iterable[Node]) -> Markup:
        """Characters that stand for these nodes."""
        marks = []
        for node in nodes:
            marks.append(chr(FIRST_MARK + len(self.kept)))
            self.kept.append(node)
        return Markup("".join(marks))  # noqa: S704 - nothing but our own characters

    def take(self, text: str) -> Nodes:
        """The text with the nodes in their places again."""
        nodes: list[Node] = []
        end = 0
        for found in MARK.finditer(text):
            nodes += [text[end : found.start()], self.kept[ord(found[0]) - FIRST_MARK]]
            end = found.end()
        return (*nodes, text[end:])


class _Tongue:
    """Turns Markdown with gaps into another kind of text with gaps."""

    def blocks(self, nodes: Nodes) -> Nodes:
        """Whole paragraphs. A choice of whole lines is turned on its own, so that either side is well-formed."""
        done: list[Node] = []
        run: list[Node] = []
        for node in nodes:
            if isinstance(node, Choice) and _holds_lines(node):
                done += self._run(run)
                done.append(replace(node, then=self.blocks(node.then), otherwise=self.blocks(node.otherwise)))
                run = []
            else:
                run.append(node)
        return (*done, *self._run(run))

    def words(self, nodes: Nodes) -> Nodes:
        """What stands within a line."""
        return self._run(nodes, is_line=True)

    def clean(self, value: str) -> str:
        """What is filled in, made fit."""
        return value

    def print(self, tokens: Sequence[Token]) -> str:
        """What was read, as a text of this kind."""
        raise NotImplementedError

    def _run(self, nodes: Iterable[Node], *, is_line: bool = False) -> Nodes:
        gaps = _Gaps()
        source = "".join(node if isinstance(node, str) else gaps.put([self._within(node)]) for node in nodes)
        tokens = MARKDOWN.parseInline(source) if is_line else MARKDOWN.parse(source)
        for link in (token for token in _all(tokens) if token.type == "link_open"):
            nodes = [node for node in gaps.take(str(link.attrGet("href"))) if node]
            link.attrSet("href", gaps.put(address(nodes, self.clean)))
        return gaps.take(self.print(tokens)) if tokens else ()

    def _within(self, node: Slot | Choice) -> Node:
        if isinstance(node, Slot):
            return replace(node, otherwise=self.clean(node.otherwise), clean=self.clean)
        return replace(node, then=self.words(node.then), otherwise=self.words(node.otherwise))


class _Rich(_Tongue):
    """HTML whose styles stand at each element, as mail programs want it."""

    def __init__(self, styles: Mapping[str, str]) -> None:
        self._styles = styles

    def clean(self, value: str) -> str:
        return escape(value)

    def print(self, tokens: Sequence[Token]) -> str:
        for token in _all(tokens):
            if token.nesting >= 0 and token.tag in self._styles:
                token.attrSet("style", self._styles[token.tag])
            if token.type == "link_open" and self._styles:
                token.attrSet("class", "link")
        return MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})


class _Plain(_Tongue):
    """Plain text as people type it: no marks, addresses behind the words that lead to them."""

    def print(self, tokens: Sequence[Token]) -> str:
        if tokens[0].type == "inline":
            return _line(tokens[0], "\n")
        said: list[str] = []
        lists: list[int] = []
        for token in tokens:
            if token.type in ("bullet_list_open", "ordered_list_open"):
                lists.append(int(token.attrGet("start") or 1) if token.tag == "ol" else 0)
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
                said.append("" if lists else "\n")
            elif token.type == "list_item_open":
                said.append("  " * (len(lists) - 1) + (f"{lists[-1]}. " if lists[-1] else "- "))
                lists[-1] += lists[-1] > 0
            elif token.type == "inline":
                said.append(_line(token, "\n" + "  " * len(lists)) + ("\n" if lists else "\n\n"))
            elif token.type == "hr":
                said.append("---\n\n")
        return "".join(said)


def _line(token: Token, break_: str) -> str:
    said: list[str] = []
    links: list[tuple[int, str]] = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            said.append(break_)
        elif child.type == "link_open":
            links.append((len(said), str(child.attrGet("href"))))
        elif child.type == "link_close":
            start, href = links.pop()
            if href.removeprefix("mailto:") != "".join(said[start:]):
                said.append(f" ({href})")
        said.append(child.content)
    return "".join(said)


def _all(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _holds_lines(choice: Choice) -> bool:
    """Whether its sides are whole paragraphs."""
    inner = (node for side in (choice.then, choice.otherwise) for node in side)
    return choice.is_block or any(
        "\n\n" in node if isinstance(node, str) else isinstance(node, Choice) and _holds_lines(node) for node in inner
    )
