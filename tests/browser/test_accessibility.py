"""Every page that links lead to, for each role: wide and narrow, light and dark."""

import re
from collections import deque
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
START = {"visitor": "/sign-in", "customer": "/portal", "agent": "/", "manager": "/", "admin": "/"}
FEWEST_PAGES = {"visitor": 4, "customer": 8, "agent": 15, "manager": 17, "admin": 20}
FILES = (".csv", ".pdf", ".json", ".png", ".svg")
WIDTHS = (1440, 360)
VISUAL_RULES = ["color-contrast", "link-in-text-block"]  # what a dark page may break that the light one does not
IDENTITY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")

HELP = re.compile("/help/.+")

FIND_VIOLATIONS = """async (rules) => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    await Promise.allSettled(document.getAnimations().map((one) => one.finished));
    const only = rules ? {runOnly: {type: "rule", values: rules}} : {};
    const found = await axe.run(document, {resultTypes: ["violations"], iframes: false, ...only});
    const told = (node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`;
    return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
        .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map(told).join(" | ")}`);
}"""
FIND_PARTS = """() => [...document.querySelectorAll("body *")]
    .map((one) => `${one.tagName} ${one.getAttribute("class") ?? ""} ${one.getAttribute("role") ?? ""}`)"""
FIND_LINKS = "() => [...document.querySelectorAll('a[href]')].map((link) => link.href)"
FIND_OVERFLOW = """() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const isCut = (one) => one && (getComputedStyle(one).overflowX !== "visible" || isCut(one.parentElement));
    const words = document.createRange();
    const isWide = (one) => [one, ...one.childNodes].some((part) => {
        if (part !== one && part.nodeType !== Node.TEXT_NODE) return false;
        words.selectNode(part);
        return (part === one ? one : words).getBoundingClientRect().right > innerWidth + 1;
    });
    const holder = (one) => getComputedStyle(one).position === "absolute" ? one.offsetParent : one.parentElement;
    return [`${document.documentElement.scrollWidth} px wide: ` + [...document.querySelectorAll("body *")]
        .filter((one) => isWide(one) && !isCut(holder(one))).slice(0, 3)
        .map((one) => one.outerHTML.slice(0, 120)).join(" | ")];
}"""


looked_at: dict[str, set[str]] = {}  # what was seen of each page, by whichever role
read: dict[str, set[str]] = {}  # the same of what the server sent, before any script


class Sheet(HTMLParser):
    """What a page is made of, and where it leads, as the server sent it."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.parts: set[str] = set()
        self.links: list[str] = []
        self.feed(words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.parts.add(f"{tag} {told.get('class') or ''} {told.get('role') or ''}")
        if tag == "a" and told.get("href"):
            self.links.append(told["href"] or "")


def _role(role: str):
    """Whoever signs in sees up to a hundred kinds of pages, which takes minutes."""
    return role if role == "visitor" else pytest.param(role, marks=pytest.mark.long)


@pytest.mark.parametrize("role", [_role(role) for role in START])
def test_every_page_is_for_everybody(window, house, role):
    page = window("" if role == "visitor" else role)
    waiting, seen, faults = deque([START[role]]), {START[role]}, []
    while waiting:
        answer = page.request.get(waiting.popleft())
        route = route_of(answer.url, house.url)
        links = []
        if answer.status >= 400:
            faults.append(f"{route} answers {answer.status}")
        elif "text/html" in answer.headers["content-type"]:
            sheet = Sheet(answer.text())
            links = [urljoin(answer.url, link) for link in sheet.links]
            if not sheet.parts <= read.setdefault(route, set()):
                read[route] |= sheet.parts
                page.goto(answer.url)
                links += page.evaluate(FIND_LINKS)
                faults += [f"{route} {fault}" for fault in look_at(page, route)]
        for link in links:
            leads_to = route_of(link, house.url)
            if leads_to and leads_to not in seen:
                seen.add(leads_to)
                waiting.append(link.partition("#")[0])
    assert not faults, "\n".join(faults)
    assert len(seen) >= FEWEST_PAGES[role], sorted(seen)


def look_at(page: Page, route: str) -> list[str]:
    """What is wrong with a page in its four shapes; one that shows a role nothing new was looked at already."""
    page.wait_for_load_state()
    parts = set(page.evaluate(FIND_PARTS))
    if parts <= looked_at.setdefault(route, set()):
        return []
    looked_at[route] |= parts
    faults: list[str] = []
    for scheme, rules in (("light", None), ("dark", VISUAL_RULES)):
        if scheme == "dark":
            page.emulate_media(color_scheme=scheme)
            page.reload()  # colours that only change below a page in use are not all drawn anew
        page.evaluate(AXE)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            faults += [f"({width} px, {scheme}) {fault}" for fault in page.evaluate(FIND_VIOLATIONS, rules)]
    faults += [f"(360 px) {fault}" for fault in page.evaluate(FIND_OVERFLOW)]
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.emulate_media(color_scheme="light")
    return faults


def route_of(link: str, home: str) -> str:
    """The page a link leads to, without whose it is; empty when it leads to no page of ours."""
    address = urlsplit(link)
    if not link.startswith(home) or address.path.endswith(FILES) or "/static/" in address.path:
        return ""
    return HELP.sub("/help/<page>", IDENTITY.sub("<id>", address.path))
