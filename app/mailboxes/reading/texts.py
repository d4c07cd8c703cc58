"""Bytes to text, layout to text, and history apart from what was written."""

import codecs
import re
import unicodedata
from html.parser import HTMLParser

import nh3

from app.mailboxes.reading.limits import LONGEST_HTML, LONGEST_TEXT

# Encodings that are no writing of people, and slow or strange to read.
NOT_WRITING = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "pre"}
TAGS = BLOCKS | {"a", "b", "i", "td", "th", "hr"}
OPEN_ENDED = {
    "p",
    "li",
    "td",
    "tr",
    "th",
    "dd",
    "dt",
    "br",
    "hr",
    "img",
    "input",
    "meta",
    "link",
    "col",
    "wbr",
    "area",
    "base",
}
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
DEEPEST_LAYOUT = 400

INTRODUCTIONS = re.compile(
    r"(on .{5,300} wrote|am .{5,300} schrieb .{0,200}|le .{5,300} a écrit|el .{5,300} escribió|il .{5,300} ha scritto"
    r"|op .{5,300} schreef .{0,200}|.{0,200}(写道|寫道)) ?[:：]",
    re.IGNORECASE | re.DOTALL,
)
DIVIDERS = re.compile(
    r"(-{2,} ?(original message|forwarded message|ursprüngliche nachricht|message d.origine|原始邮件|邮件原件) ?-{2,}"
    r"|_{20,})",
    re.IGNORECASE,
)
HEADS = re.compile(r"\*?(from|von|de|da|发件人)\*?\s?[:：].{3,}", re.IGNORECASE)
HEADS_NEXT = re.compile(r"\*?(sent|date|to|gesendet|datum|an|envoyé|à|发送时间|收件人)\*?\s?[:：]", re.IGNORECASE)
LONGEST_LINE = 500


def decoded(content: bytes, charset: str | None) -> str:
    """The text of some bytes, whatever they claim to be written in."""
    try:
        name = codecs.lookup(charset or "utf-8").name
        if name.replace("-", "_") not in NOT_WRITING:
            text = content.decode(name, "replace")
            if "\ufffd" not in text or name not in ("utf-8", "ascii"):
                return text
    except (LookupError, ValueError, UnicodeError):
        pass
    return _guessed(content)


def readable(line: str) -> str:
    """A header line as the standard library hands it over, with the raw bytes in it that should have been encoded."""
    return line if line.isascii() else _guessed(line.encode("utf-8", "surrogateescape"))


def _guessed(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def plain(text: str) -> str:
    """One line without control characters, of a header."""
    kept = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in text)
    return " ".join(kept.split())


def tidy(text: str) -> str:
    """Lines as they are kept: no control characters, no trailing spaces, at most one empty line in a row."""
    text = text[:LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    kept = "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs", "Cn", "Co"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in kept.split("\n"))).strip()


def is_too_deep(html: str) -> bool:
    """A layout nested deeper than people's programs write it; taking it apart would take very long."""
    depth = 0
    for end, name in TAG.findall(html):
        if name.lower() in OPEN_ENDED:
            continue
        depth = max(0, depth - 1) if end else depth + 1
        if depth > DEEPEST_LAYOUT:
            return True
    return False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.said.append("\n")
        elif tag in ("td", "th"):
            self.said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS - {"br", "li", "tr"}:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        self.said.append(re.sub(r"\s+", " ", data))


def text_of_html(html: str) -> str:
    """What a layout says, as plain text."""
    cleaned = nh3.clean(html[:LONGEST_HTML], tags=TAGS, attributes={}, clean_content_tags={"script", "style", "title"})
    reader = _Reader()
    reader.feed(cleaned)
    reader.close()
    return tidy("\n".join(line.strip() for line in "".join(reader.said).split("\n")))


def parted(text: str) -> tuple[str, str]:
    """What was written, and the history below it; no history where somebody answered between its lines."""
    lines = text.split("\n")
    cut = next((place for place in range(len(lines)) if _begins_history(lines, place)), None)
    if cut is None:
        cut = _begin_of_tail(lines)
    words, quoted = "\n".join(lines[:cut]).strip(), "\n".join(lines[cut:]).strip()
    return (words, quoted) if words else (text, "")


def _begins_history(lines: list[str], place: int) -> bool:
    line = lines[place][:LONGEST_LINE].strip()
    if DIVIDERS.fullmatch(line):
        return True
    below = [one.strip() for one in lines[place + 1 : place + 4]]
    if HEADS.match(line) and any(HEADS_NEXT.match(one) for one in below):
        return True
    together = f"{line} {below[0][:LONGEST_LINE]}" if below else line
    is_introduced = INTRODUCTIONS.fullmatch(line) or (line and INTRODUCTIONS.fullmatch(together.strip()))
    return bool(is_introduced) and not _has_answers(lines[place + 1 :])


def _has_answers(below: list[str]) -> bool:
    """Somebody wrote between or under quoted lines."""
    quoted = [place for place, line in enumerate(below) if line.startswith(">")]
    return bool(quoted) and any(line.strip() and not line.startswith(">") for line in below[quoted[0] :])


def _begin_of_tail(lines: list[str]) -> int:
    place = len(lines)
    while place and (not lines[place - 1].strip() or lines[place - 1].startswith(">")):
        place -= 1
    return place if any(line.startswith(">") for line in lines[place:]) else len(lines)
