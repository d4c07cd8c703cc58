"""Who may do what: actors, the permission table, and the declaration every route must carry."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeVar
from uuid import UUID

from flask import current_app, has_request_context, request
from flask_login import current_user

from app.core.errors import NotAllowed

Scope = Literal["own", "team", "all"]
Role = Literal["customer", "agent", "manager", "admin"]
ROLES: tuple[Role, ...] = ("customer", "agent", "manager", "admin")

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Permission:
    """One thing that can be allowed, and to whom it is from the start.

    `scoped` permissions reach over "own", "team" or "all" records; others are "all" or nothing.
    """

    key: str
    label: str
    visitor: Scope | None = None
    customer: Scope | None = None
    agent: Scope | None = None
    manager: Scope | None = None
    admin: Scope | None = "all"
    scoped: bool = False

    def for_role(self, role: str) -> Scope | None:
        """The scope this role has before an admin changes it."""
        return getattr(self, role)


PERMISSIONS: dict[str, Permission] = {}


def declare(*permissions: Permission) -> None:
    """Add a package's permissions to the one table (called by `create_app`)."""
    PERMISSIONS.update({permission.key: permission for permission in permissions})
    _declared.cache_clear()


def grants_of(role: str, changed: dict[str, Scope | None] | None = None) -> dict[str, Scope]:
    """What a role may do: the declared grants with an admin's changes laid over them."""
    declared = dict(_declared(role))  # each has their own
    if not changed:
        return declared
    granted = {**declared, **changed}
    return {key: scope for key, scope in granted.items() if scope and key in PERMISSIONS}


@cache  # everybody who signed in has these, at every request
def _declared(role: str) -> dict[str, Scope]:
    return {key: scope for key, permission in PERMISSIONS.items() if (scope := permission.for_role(role))}


@dataclass(frozen=True)
class Actor:
    """Who acts: a person, an API key of theirs, or the system itself.

    A visitor talks on a web page without an account; nobody has proved who they are.
    Carries what checks need, so that no check asks the database.
    """

    id: UUID | None
    kind: Literal["customer", "employee", "visitor", "system", "nobody"]
    role: str = ""
    name: str = ""
    email: str = ""
    department: str = ""
    grants: dict[str, Scope] = field(default_factory=dict, repr=False, hash=False)
    session_id: str = ""
    api_key_id: UUID | None = None
    is_verified: bool = True
    time_zone: str = ""

    is_active = True

    @property
    def is_authenticated(self) -> bool:
        """Known again, by a sign-in or by what a visitor's browser keeps (Flask-Login asks)."""
        return self.kind in ("customer", "employee", "visitor")

    @property
    def is_anonymous(self) -> bool:
        """Not known again (Flask-Login asks)."""
        return not self.is_authenticated

    @property
    def is_staff(self) -> bool:
        """An employee of the shop."""
        return self.kind == "employee"

    def get_id(self) -> str:
        """The key under which Flask-Login remembers this sign-in."""
        return self.session_id

    @property
    def facts(self) -> dict[str, Any]:
        """What a job needs in order to act as this person, as JSON."""
        known = {name: getattr(self, name) for name in ("kind", "role", "name", "department", "grants")}
        return {**known, "id": str(self.id) if self.id else None}

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Actor":
        """The actor whose `facts` these were, with the rights of then."""
        return cls(**{**facts, "id": UUID(facts["id"]) if facts["id"] else None})

    @property
    def is_guest(self) -> bool:
        """Whom the shop talks with: a customer, or a visitor."""
        return self.kind in ("customer", "visitor")

    def can(self, key: str) -> bool:
        """True when the permission is granted over any scope."""
        return self.kind == "system" or key in self.grants

    def scope(self, key: str) -> Scope | None:
        """Over which records the permission reaches; None when it is not granted."""
        return "all" if self.kind == "system" else self.grants.get(key)


SYSTEM = Actor(id=None, kind="system", name="Rapport")
NOBODY = Actor(id=None, kind="nobody")


_instead: ContextVar[Actor | None] = ContextVar("acting_as", default=None)


def actor() -> Actor:
    """Who makes this request, or on whose behalf a job works; nobody where that is not said."""
    instead = _instead.get()
    if instead is not None:
        return instead
    return current_user._get_current_object() if has_request_context() else NOBODY  # noqa: SLF001 - Flask-Login's proxy


@contextmanager
def acting_as(who: Actor) -> Iterator[None]:
    """Work on somebody's behalf where no request says for whom, such as in a job that writes their file."""
    token = _instead.set(who)
    try:
        yield
    finally:
        _instead.reset(token)


def require(who: Actor, key: str) -> None:
    """Raises: NotAllowed unless the actor holds the permission."""
    if key not in PERMISSIONS:
        raise KeyError(f"undeclared permission {key!r}")
    if not who.can(key):
        raise NotAllowed(f"You need the right “{PERMISSIONS[key].label}”. Ask an admin to grant it.")


def requires(key: str) -> Callable[[View], View]:
    """Declare on a route the permission it takes: `@requires("customers.read")`."""

    def mark(view: View) -> View:
        view.permission = key  # type: ignore[attr-defined]
        return view

    return mark


def signed_in(view: View) -> View:
    """Declare that a route is for anybody who is signed in, whatever their role."""
    view.permission = "*"  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Declare that a route is for everybody, signed in or not."""
    view.permission = ""  # type: ignore[attr-defined]
    return view


def declared_permission(endpoint: str, method: str) -> str | None:
    """What the route declares: a key, "*" (signed in), "" (public) or None (nothing: refused)."""
    view = current_app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        name = "get" if method == "HEAD" else method.lower()
        view = getattr(view_class, name, view)
    return getattr(view, "permission", None)


def check_route() -> None:
    """Refuse the present request unless its route declares access and the actor has it.

    Raises: NotAllowed. A visitor who is not signed in is sent to sign in by the caller
    (see `web`), because only it knows pages from fragments and the API.
    """
    if request.endpoint is None or request.method == "OPTIONS":
        return
    key = declared_permission(request.endpoint, request.method)
    if key == "":
        return
    if key is None:
        raise NotAllowed("This page does not say who may open it, so nobody may.")
    who = actor()
    if not who.is_authenticated:
        raise SignInNeeded("Please sign in first.")
    if key != "*":
        require(who, key)


class SignInNeeded(NotAllowed):
    """Nobody is signed in; pages lead to the sign-in page, the API answers 401."""

    status = 401
    code = "sign_in_needed"
    title = "Please sign in"
