"""Setting widgets up.

GET, POST /settings/widgets/new            make one
GET       /settings/widgets                all of them
GET, POST /settings/widgets/<id>           change one; its tag to copy, and its secret
POST      /settings/widgets/visitors       when visitors nobody proved are forgotten
POST      /settings/widgets/preview        how what is typed looks
POST      /settings/widgets/<id>/secret    another secret
POST      /settings/widgets/<id>/delete    take it from all pages
"""

from uuid import UUID

from flask import Blueprint, Response

from app.conversations.queries import away
from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.widget import queries
from app.widget.actions import widgets
from app.widget.actions.widgets import WidgetDetails
from app.widget.forms import VisitorForm, WidgetForm
from app.widget.models import Widget

bp = Blueprint("widget_settings", __name__)

HERE = "/settings/widgets"
FRESH = Widget(
    name="Chat",
    is_on=True,
    **{name: default for name, default in vars(WidgetDetails(name="")).items() if name not in ("name", "is_on")},
)


@bp.get("/settings/widgets")
@access.requires("widgets.configure")
def index() -> Response:
    form = VisitorForm()
    form.forget_after_days.data = queries.get_settings().forget_after_days
    return _list(form)


@bp.post("/settings/widgets/visitors")
@access.requires("widgets.configure")
def decide_about_visitors() -> Response:
    form = VisitorForm()
    if not form.was_sent():
        return _list(form)
    widgets.decide_about_visitors(form.forget_after_days.data or 0, actor=actor())
    return web.go(HERE, "Saved.")


def _list(form: VisitorForm) -> Response:
    return web.render(
        "widget/index.html", status=422 if form.errors else 200, form=form, widgets=queries.list_widgets()
    )


@bp.route("/settings/widgets/new", methods=["GET", "POST"])
@access.requires("widgets.configure")
def new() -> Response:
    form = WidgetForm()
    details = form.read()
    if details is not None:
        try:
            widget = widgets.create_widget(details, actor=actor())
            return web.go(f"{HERE}/{widget.widget_id}", "The chat is made. Copy its tag into your pages.")
        except Invalid as refusal:
            form.blame(refusal)
    elif not form.errors:
        form.fill(FRESH)
    return _show(form, None)


@bp.route("/settings/widgets/<uuid:widget_id>", methods=["GET", "POST"])
@access.requires("widgets.configure")
def edit(widget_id: UUID) -> Response:
    widget, form = queries.get_widget(widget_id), WidgetForm()
    details = form.read()
    if details is not None:
        try:
            widgets.change_widget(widget, details, actor=actor())
            return web.go(f"{HERE}/{widget_id}", "Saved.")
        except Invalid as refusal:
            form.blame(refusal)
    elif not form.errors:
        form.fill(widget)
    return _show(form, widget)


def _show(form: WidgetForm, widget: Widget | None) -> Response:
    status = 422 if form.errors else 200
    tag = f'<script src="{web.public_url("/widget.js")}" data-key="{widget.key}" async></script>' if widget else ""
    data = {"form": form, "widget": widget, "tag": tag, "outlook": away.outlook()}
    return web.render("widget/settings.html", status=status, **data)


@bp.post("/settings/widgets/preview")
@access.requires("widgets.configure")
def preview() -> Response:
    return web.render("widget/preview.html", "widget/_preview.html", form=WidgetForm(), outlook=away.outlook())


@bp.post("/settings/widgets/<uuid:widget_id>/secret")
@access.requires("widgets.configure")
def rotate(widget_id: UUID) -> Response:
    widgets.rotate_secret(queries.get_widget(widget_id), actor=actor())
    return web.go(
        f"{HERE}/{widget_id}", "The secret is new. Put it into your server: the old one proves nothing any more."
    )


@bp.post("/settings/widgets/<uuid:widget_id>/delete")
@access.requires("widgets.configure")
def delete(widget_id: UUID) -> Response:
    widgets.delete_widget(queries.get_widget(widget_id), actor=actor())
    return web.go(HERE, "The chat is gone from all pages. What was said stays.")
