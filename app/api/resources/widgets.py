"""Chats on web pages.

/widgets  /widgets/{id}  /widgets/{id}/secret  /visitor-settings
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import widgets as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.widget import queries
from app.widget.actions import widgets
from app.widget.actions.widgets import WidgetDetails
from app.widget.models import VisitorSettings, Widget

bp = Blueprint("Chats on web pages", "How they look, what they say, and which pages may show them.")

EXAMPLE = {"name": "Lotus Gifts", "colour": "#1b6ac9", "origins": ["https://www.example.com"]}


@bp.route("/widgets")
class Widgets(MethodView):
    @bp.lists(shapes.Widget)
    @access.requires("widgets.configure")
    def get(self, _wanted: dict[str, Any]) -> Page[Widget]:
        """List the chats, all on one page"""
        found = queries.list_widgets()
        return Page(found, None, None, len(found))

    @bp.creates(shapes.WidgetIn, shapes.Widget, example=EXAMPLE)
    @access.requires("widgets.configure")
    def post(self, values: dict[str, Any]) -> Widget:
        """Make a chat; its `key` goes into the tag on the pages"""
        return widgets.create_widget(WidgetDetails(**values), actor=actor())


@bp.route("/widgets/<uuid:widget_id>")
class OneWidget(MethodView):
    @bp.reads(shapes.Widget)
    @access.requires("widgets.configure")
    def get(self, widget_id: UUID) -> Widget:
        """Read a chat, without its secret"""
        return queries.get_widget(widget_id)

    @bp.changes(shapes.WidgetChange, shapes.Widget, example=EXAMPLE)
    @access.requires("widgets.configure")
    def patch(self, values: dict[str, Any], widget_id: UUID) -> Widget:
        """Let a chat look, say or allow something else"""
        widget = versions.matching(queries.get_widget(widget_id))
        widgets.change_widget(widget, WidgetDetails(**{**widgets.details_of(widget), **values}), actor=actor())
        return widget

    @bp.does(shapes.Widget)
    @access.requires("widgets.configure")
    def delete(self, widget_id: UUID) -> Widget:
        """Take a chat from all pages; what was said stays"""
        widget = queries.get_widget(widget_id)
        widgets.delete_widget(widget, actor=actor())
        return widget


@bp.route("/widgets/<uuid:widget_id>/secret")
class SecretOfWidget(MethodView):
    @bp.does(shapes.WidgetSecret)
    @access.requires("widgets.configure")
    def post(self, widget_id: UUID) -> Widget:
        """Renew the secret that signs identities, and read it; the old one proves nothing any more"""
        widget = queries.get_widget(widget_id)
        widgets.rotate_secret(widget, actor=actor())
        return widget


@bp.route("/visitor-settings")
class Visitors(MethodView):
    @bp.reads(shapes.VisitorSettings)
    @access.requires("widgets.configure")
    def get(self) -> VisitorSettings:
        """Read when visitors nobody proved are forgotten"""
        return queries.get_settings()

    @bp.does(shapes.VisitorSettings, shapes.VisitorSettings, example={"forget_after_days": 90})
    @access.requires("widgets.configure")
    def post(self, values: dict[str, Any]) -> VisitorSettings:
        """Decide when they are"""
        widgets.decide_about_visitors(**values, actor=actor())
        return queries.get_settings()
