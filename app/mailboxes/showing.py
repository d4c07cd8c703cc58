"""The layout of a mail as it may be shown: cleaned by an allow-list each time, nothing in it runs or is fetched."""

import base64
import re
from collections.abc import Callable, Mapping

import nh3

TAGS = {
    "a", "abbr", "b", "big", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del", "div",
    "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "q",
    "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt",
    "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"align", "dir", "lang", "style", "title", "valign", "width", "height"},
    "a": {"href"},
    "img": {"src", "alt"},
    "table": {"border", "cellpadding", "cellspacing", "bgcolor"},
    "td": {"colspan", "rowspan", "bgcolor"},
    "th": {"colspan", "rowspan", "bgcolor"},
    "tr": {"bgcolor"},
    "font": {"color", "size"},
    "ol": {"start"},
    "col": {"span"},
}
STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-radius",
    "border-right", "border-spacing", "border-style", "border-top", "border-width", "color", "direction", "display",
    "font-family", "font-size", "font-style", "font-weight", "height", "letter-spacing", "line-height",
    "list-style-type",
    "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "min-width", "padding",
    "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align", "text-decoration", "text-transform",
    "vertical-align", "white-space", "width", "word-break",
}  # fmt: skip
GONE_WITH_CONTENT = {"script", "style", "title", "head", "iframe", "object", "svg", "math", "template", "noscript"}
FETCHES = re.compile(r"url\s*\(|image\s*\(|expression|@import|\\", re.IGNORECASE)
CLOSED = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'"
FRAME = "; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<style>body{{margin:12px;background:#fff;color:#1f2937;font:15px/1.5 sans-serif;overflow-wrap:anywhere}}"
    "img{{max-width:100%;height:auto}}table{{max-width:100%}}pre{{white-space:pre-wrap}}</style></head>"
    "<body>{body}</body></html>"
)

Inline = Callable[[str], tuple[str, bytes] | None]


def policy(*, pictures: bool) -> str:
    """What the frame of a mail may do: show text, and pictures that came with it; with `pictures` also remote ones."""
    return f"{CLOSED}; img-src data:{' https: http:' if pictures else ''}{FRAME}"


def page_of(html: str, *, pictures: bool, inline: Inline) -> str:
    """A whole page with the cleaned layout. `inline(content_id)` gives type and bytes of a picture in the mail."""
    return PAGE.format(body=clean(html, pictures=pictures, inline=inline))


def has_remote_pictures(html: str) -> bool:
    """It would fetch pictures from elsewhere."""
    return bool(re.search(r"<img[^>]{1,2000}src\s*=\s*[\"']?\s*https?:", html, re.IGNORECASE))


def clean(html: str, *, pictures: bool, inline: Inline) -> str:
    """The layout with nothing left but harmless tags, attributes and styles."""

    def filtered(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "style":
            return None if FETCHES.search(value) else value
        if tag == "img" and attribute == "src":
            return _source(value, pictures=pictures, inline=inline)
        return value

    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=GONE_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=filtered,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        filter_style_properties=STYLES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _source(value: str, *, pictures: bool, inline: Inline) -> str | None:
    scheme, _colon, rest = value.strip().partition(":")
    if scheme.lower() == "cid":
        found = inline(rest.strip())
        return f"data:{found[0]};base64,{base64.b64encode(found[1]).decode()}" if found else None
    return value if pictures and scheme.lower() in ("http", "https") else None


def inline_from(files: Mapping[str, tuple[str, bytes]]) -> Inline:
    """Pictures by what the layout calls them."""
    return files.get
