"""Keep, change and drop views."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import func, select, update

from app.core.access import Actor
from app.core.db import db, is_storable
from app.core.errors import Invalid, NotAllowed
from app.engine.events import actions as events
from app.engine.views.columns import LISTS
from app.engine.views.models import SavedView

LONGEST_NAME = 60
LONGEST_QUERY = 4_000
NOT_KEPT = ("after", "before", "view", "filter")


@dataclass(frozen=True)
class ViewDetails:
    """What a view is called, and for whom it is."""

    name: str
    is_shared: bool = False
    is_pinned: bool = False
    is_default: bool = False


def state_of(query: str) -> str:
    """A list's address without the page it stands at."""
    return urlencode([(key, value) for key, value in parse_qsl(query) if key not in NOT_KEPT])


def save(path: str, query: str, details: ViewDetails, *, actor: Actor) -> SavedView:
    """Keep the state of a list. Raises: Invalid by field; NotAllowed for sharing without the right."""
    known = LISTS.get(path)
    if known is None or not actor.can(known.permission) or actor.id is None:
        raise Invalid("There is no such list.", errors={"list": ["There is no such list."]})
    view = SavedView(list=path, query=_kept(query), owner_id=actor.id, name="")
    _apply(view, details, actor)
    db.session.add(view)
    db.session.flush()
    _tell("view.created", view, actor)
    return view


def change(view: SavedView, details: ViewDetails, *, actor: Actor, query: str | None = None) -> None:
    """Rename, share, pin; with `query` also keep another state. Raises: Invalid; NotAllowed."""
    was_shared = view.is_shared
    if query is not None:
        view.query = _kept(query)
    _apply(view, details, actor)
    db.session.flush()
    _tell("view.updated", view, actor, concerns_all=was_shared)


def ask_instead(before: str, after: str) -> None:
    """Let every view that asks for one thing ask for another, such as a tag for the one it was merged into."""
    asking = update(SavedView).where(SavedView.query.contains(before, autoescape=True))
    instead = func.replace(SavedView.query, before, after)
    db.session.execute(asking.values(query=instead).execution_options(synchronize_session=False))


def drop(view: SavedView, *, actor: Actor) -> None:
    """Forget a view; the list itself is not touched."""
    _tell("view.removed", view, actor)
    db.session.delete(view)
    db.session.flush()


def _tell(what: str, view: SavedView, actor: Actor, *, concerns_all: bool = False) -> None:
    """Of a private view only the audit trail knows."""
    if view.is_shared or concerns_all:
        events.emit(what, actor=actor, subject_id=view.view_id, name=view.name, list=view.list)


def _kept(query: str) -> str:
    state = state_of(query)
    if len(state) > LONGEST_QUERY or not is_storable(state):
        sentence = "This list’s address is too long to be kept."
        raise Invalid(sentence, errors={"query": [sentence]})
    return state


def _apply(view: SavedView, details: ViewDetails, actor: Actor) -> None:
    name = " ".join(details.name.split())
    if not name or len(name) > LONGEST_NAME or not is_storable(name):
        raise Invalid(errors={"name": [f"Enter a name of at most {LONGEST_NAME} characters."]})
    if details.is_shared and not view.is_shared and not actor.can("views.share"):
        raise NotAllowed("You may keep views for yourself. Ask a manager to share one.")
    taken = select(SavedView.view_id).where(
        SavedView.owner_id == view.owner_id,
        SavedView.list == view.list,
        func.lower(SavedView.name) == name.lower(),
    )
    if view.view_id:
        taken = taken.where(SavedView.view_id != view.view_id)
    with db.session.no_autoflush:
        if db.session.scalar(taken) is not None:
            raise Invalid(errors={"name": ["You have a view of this name. Choose another one."]})
    is_own = view.owner_id == actor.id
    if is_own and details.is_default and not view.is_default:
        others = update(SavedView).where(SavedView.owner_id == view.owner_id, SavedView.list == view.list)
        db.session.execute(others.values(is_default=False))
    view.name, view.is_shared, view.is_pinned = name, details.is_shared, details.is_pinned
    view.is_default = details.is_default if is_own else view.is_default
