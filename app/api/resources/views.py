"""Views of lists.

/views  /views/{id}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import views as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.views import actions, queries
from app.engine.views.actions import ViewDetails
from app.engine.views.models import SavedView

bp = Blueprint("Views", "What a list shows, under a name: its filter, search, columns, groups and order.")

EXAMPLE = {
    "list": "/customers",
    "name": "Leads by country",
    "query": "stage=lead&columns=name,country,owner&group=country&sort=name",
    "is_pinned": True,
}
DETAILS = ("name", "is_shared", "is_pinned", "is_default")


@bp.route("/views")
class Views(MethodView):
    @bp.lists(shapes.View, shapes.ViewQuery)
    @access.requires("views.save")
    def get(self, wanted: dict[str, Any]) -> Page[SavedView]:
        """List one’s own views and those that are shared"""
        return queries.page_of_views(actor(), wanted["list"], wanted["after"], wanted["limit"])

    @bp.creates(shapes.ViewIn, shapes.View, example=EXAMPLE)
    @access.requires("views.save")
    def post(self, values: dict[str, Any]) -> SavedView:
        """Keep what a list shows

        Sharing takes `views.share`.
        """
        details = ViewDetails(**{name: values[name] for name in DETAILS})
        return actions.save(values["list"], values["query"], details, actor=actor())


@bp.route("/views/<uuid:view_id>")
class OneView(MethodView):
    @bp.reads(shapes.View)
    @access.requires("views.save")
    def get(self, view_id: UUID) -> SavedView:
        """Read a view"""
        return queries.get_view(actor(), view_id)

    @bp.changes(shapes.ViewChange, shapes.View, example={"name": "Leads abroad"})
    @access.requires("views.save")
    def patch(self, values: dict[str, Any], view_id: UUID) -> SavedView:
        """Rename a view, share it, or let it show something else"""
        view = versions.matching(queries.get_changeable(actor(), view_id))
        details = ViewDetails(**{name: values.get(name, getattr(view, name)) for name in DETAILS})
        actions.change(view, details, actor=actor(), query=values.get("query"))
        return view

    @bp.does(shapes.View)
    @access.requires("views.save")
    def delete(self, view_id: UUID) -> SavedView:
        """Forget a view; the list stays as it is"""
        view = queries.get_changeable(actor(), view_id)
        actions.drop(view, actor=actor())
        return view
