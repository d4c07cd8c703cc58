"""The help: short pages of Markdown in docs/help, searched and shown at /help."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request
from markdown_it import MarkdownIt
from markupsafe import Markup

from app.core import access, web

bp = Blueprint("help", __name__)

FOLDER = Path(__file__).parents[2] / "docs" / "help"
SNIPPET_CHARACTERS = 160


@dataclass(frozen=True)
class HelpPage:
    """One page of the help. Its first line is the title, its first paragraph says what it is about."""

    slug: str
    title: str
    summary: str
    words: str
    body: Markup

    def rank(self, asked: list[str]) -> int:
        """How well it answers: 0 not at all, more for words of the title."""
        text, title = self.words.casefold(), self.title.casefold()
        if not all(word in text for word in asked):
            return 0
        return 1 + sum(10 * (word in title) + text.count(word) for word in asked)

    def snippet(self, asked: list[str]) -> str:
        """The words around the first hit, or what the page is about."""
        at = self.words.casefold().find(asked[0]) if asked else -1
        if at < SNIPPET_CHARACTERS:
            return self.summary
        start = self.words.rfind(" ", 0, at - SNIPPET_CHARACTERS // 2) + 1
        return f"… {self.words[start : start + SNIPPET_CHARACTERS]} …"


@cache
def pages() -> list[HelpPage]:
    """All pages, in the order of their file names ("10-sign-in.md")."""
    return [_read(file) for file in sorted(FOLDER.glob("*.md"))]


def _read(file: Path) -> HelpPage:
    source = file.read_text(encoding="utf-8")
    first, _, rest = source.partition("\n")
    markdown = MarkdownIt("commonmark", {"html": False})
    plain = " ".join(token.content for token in markdown.parse(rest) if token.type == "inline").replace("**", "")
    return HelpPage(
        slug=file.stem.partition("-")[2],
        title=first.removeprefix("# ").strip(),
        summary=rest.strip().partition("\n\n")[0].replace("\n", " "),
        words=" ".join((first + " " + plain).split()),
        body=Markup(markdown.render(rest)),  # noqa: S704 - our own files, and raw HTML in them is escaped
    )


def find(words: str) -> list[HelpPage]:
    """The pages that hold all these words, best first; all pages for no words."""
    asked = words.casefold().split()
    ranked = [(page.rank(asked), page) for page in pages()]
    return [page for rank, page in sorted(ranked, key=lambda pair: -pair[0]) if rank]


@bp.get("/help")
@access.public
def index() -> Response:
    """Search the help, or see all of it."""
    words = request.args.get("q", "").strip()[:100]
    found = [(page, page.snippet(words.casefold().split())) for page in find(words)]
    return web.render("help/index.html", "help/_found.html", found=found, words=words)


@bp.get("/help/<slug>")
@access.public
def show(slug: str) -> Response:
    """One page."""
    page = next((page for page in pages() if page.slug == slug), None) or abort(404)
    return web.render("help/show.html", help_page=page)
