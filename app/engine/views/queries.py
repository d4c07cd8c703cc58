"""The views of a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.core import metrics
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotAllowed, NotFound
from app.core.paging import Order, Page, keyset
from app.engine.views.access import may_change, visible_to
from app.engine.views.models import SavedView
from app.engine.views.tools import ListTool, tools_for

MOST_SHOWN = 50


def list_views(actor: Actor, path: str) -> Sequence[SavedView]:
    """The views of one list that this actor may use, pinned ones first."""
    if not actor.can("views.save"):
        return []
    order = (SavedView.is_pinned.desc(), SavedView.name, SavedView.view_id)
    query = select(SavedView).where(SavedView.list == path, visible_to(actor)).order_by(*order).limit(MOST_SHOWN)
    return db.session.scalars(query).all()


ORDERS = {"name": Order((SavedView.list, SavedView.name, SavedView.view_id), "Name")}


def page_of_views(actor: Actor, path: str, cursor: str, size: int) -> Page[SavedView]:
    """The views this actor may use, by list and name; with `path` those of one list."""
    query = select(SavedView).where(visible_to(actor))
    if path:
        query = query.where(SavedView.list == path)
    page = keyset(
        query,
        orders=ORDERS,
        sort="name",
        cursor=cursor,
        size=size,
    )
    return page.scalars()


def list_asking(actor: Actor, words: str) -> Sequence[SavedView]:
    """The views this actor may use whose state has these words in it, such as the id of what they ask about."""
    query = select(SavedView).where(visible_to(actor), SavedView.query.contains(words, autoescape=True))
    return db.session.scalars(query.order_by(SavedView.name).limit(MOST_SHOWN)).all()


def get_view(actor: Actor, view_id: UUID) -> SavedView:
    """The door to one view. Raises: NotFound."""
    view = db.session.scalar(select(SavedView).where(SavedView.view_id == view_id, visible_to(actor)))
    if view is None:
        raise NotFound
    return view


def get_changeable(actor: Actor, view_id: UUID) -> SavedView:
    """The door to changing one. Raises: NotFound; NotAllowed for somebody else's."""
    view = get_view(actor, view_id)
    if not may_change(actor, view):
        raise NotAllowed("Only whoever made this view can change it. Save it under a name of your own.")
    return view


@dataclass(frozen=True)
class ShownViews:
    """The views of a list as its page shows them: as tabs, in a menu, the open one, and the one to open with.

    `tools`: what else can be done with the list as it stands.
    """

    tabs: Sequence[SavedView]
    more: Sequence[SavedView]
    active: SavedView | None
    default: SavedView | None
    can_save: bool
    can_change: bool
    tools: Sequence[ListTool] = ()


def shown_views(actor: Actor, path: str, view: str) -> ShownViews:
    """The views beside a list; `view` is the open one's id as the address has it."""
    known = list_views(actor, path)
    active = next((one for one in known if str(one.view_id) == view), None)
    return ShownViews(
        tabs=[one for one in known if one.is_pinned or one is active],
        more=[one for one in known if not one.is_pinned and one is not active],
        active=active,
        default=next((one for one in known if one.is_default and one.owner_id == actor.id), None),
        can_save=actor.can("views.save"),
        can_change=active is not None and may_change(actor, active),
        tools=tools_for(actor, path),
    )


@metrics.collector
def _how_many() -> Iterable[tuple[str, str, dict[str, str], float]]:
    counts = select(SavedView.list, SavedView.is_shared, func.count()).group_by(SavedView.list, SavedView.is_shared)
    for path, is_shared, number in db.session.execute(counts):
        labels = {"list": path, "shared": "yes" if is_shared else "no"}
        yield "rapport_saved_views", "Views that people keep of lists", labels, number
