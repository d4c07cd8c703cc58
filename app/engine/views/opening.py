"""What the pages of all lists do alike: lead to the view one opens with, read the address, show a page of rows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, request

from app.core import paging, web
from app.core.access import actor
from app.core.paging import Count, Page
from app.engine.views import columns, queries
from app.engine.views.columns import Layout
from app.engine.views.queries import ShownViews


@dataclass(frozen=True)
class Opened:
    """A list as its address asks for it."""

    layout: Layout
    saved: ShownViews
    cursor: str

    @property
    def asked(self) -> dict[str, Any]:
        """Which rows, in which order: what the queries of lists take."""
        return {"sort": self.layout.sort, "group": self.layout.group_key, "cursor": self.cursor}

    def show(self, folder: str, page: Page[Any], count: Count, wanted: Any, **more: Any) -> Response:
        """The page of templates `folder`/list.html, or `folder`/_list.html alone."""
        return web.render(
            f"{folder}/list.html",
            f"{folder}/_list.html",
            page=page,
            table=self.layout.fill(actor(), page.rows, count.groups),
            count=count,
            wanted=wanted,
            saved=self.saved,
            query=request.args.to_dict(flat=False),
            last=paging.LAST,
            **more,
        )


def opens(path: str) -> Callable[[Callable[[Opened], Response]], Callable[[], Response]]:
    """Hand a route its list; who opens it without saying how is led to the view of their own that it opens with."""

    def hand(view: Callable[[Opened], Response]) -> Callable[[], Response]:
        @wraps(view)
        def opened() -> Response:
            saved = queries.shown_views(actor(), path, request.args.get("view", ""))
            if saved.default and not request.args:
                return web.go(saved.default.address)
            layout = columns.read_layout(path, request.args, actor())
            return view(Opened(layout, saved, request.args.get("after", "")))

        return opened

    return hand
