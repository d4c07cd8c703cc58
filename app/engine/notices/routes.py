"""The bell, what one wants to hear of, and in a demo the mails that were sent.

/notices  /notices/<id>/opening  /notices/<id>/dismissal  /notices/reading  /notices/showing
/settings/notices
/dev/mail  /dev/mail/<name>  /dev/mail/<name>/html
"""

from uuid import UUID

from flask import Blueprint, Response, abort, current_app, make_response, request

from app.core import access, web
from app.engine.notices import actions, mail_sink, queries
from app.engine.notices import choices as own
from app.engine.notices.mail_sink import SentMail
from app.engine.notices.topics import TOPICS, WAYS
from app.engine.push import queries as push

bp = Blueprint("notices", __name__)

MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@bp.get("/notices")
@access.signed_in
def index() -> Response:
    listed = queries.page_of_notices(_me(), cursor=request.args.get("after", ""))
    unread = queries.count_unread(_me())
    return web.render("notices/index.html", "notices/_list.html", listed=listed, unread=unread)


@bp.post("/notices/<uuid:notice_id>/opening")
@access.signed_in
def open_notice(notice_id: UUID) -> Response:
    notice = queries.get_notice(_me(), notice_id)
    actions.open_notice(notice)
    return web.go(notice.url.removeprefix(web.public_url("")) or "/notices")


@bp.post("/notices/reading")
@access.signed_in
def read_all() -> Response:
    actions.mark_read(_me())
    return web.go("/notices")


@bp.post("/notices/showing")
@access.signed_in
def show_popup() -> Response:
    popup = actions.take_popup(_me())
    if popup is None:
        return make_response("", 204) if web.wants_fragment() else web.go("/notices")
    return web.render("notices/popup.html", "notices/_popup.html", popup=popup)


@bp.post("/notices/<uuid:notice_id>/dismissal")
@access.signed_in
def dismiss(notice_id: UUID) -> Response:
    actions.dismiss(queries.get_notice(_me(), notice_id))
    return make_response("", 204) if web.wants_fragment() else web.go("/")


@bp.get("/settings/notices")
@access.requires("notices.choose")
def choices() -> Response:
    listed = own.list_choices(_me())
    return web.render("notices/choices.html", choices=listed, ways=WAYS, push=push.of_person(_me()))


@bp.post("/settings/notices")
@access.requires("notices.choose")
def choose() -> Response:
    own.choose(_me(), {topic: frozenset(request.form.getlist(topic)) for topic in TOPICS})
    return web.go("/settings/notices", "Saved.")


def _me() -> UUID:
    who = access.actor().id
    assert who is not None  # somebody who is signed in has an id
    return who


@bp.get("/dev/mail")
@access.public
def sent_mail() -> Response:
    return web.render("notices/sent_mail.html", mails=mail_sink.list_mails(_sink()))


@bp.get("/dev/mail/<name>")
@access.public
def show_mail(name: str) -> Response:
    return web.render("notices/sent_mail_one.html", mail=_mail(name))


@bp.get("/dev/mail/<name>/html")
@access.public
def mail_body(name: str) -> Response:
    response = make_response(_mail(name).html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _mail(name: str) -> SentMail:
    return next((mail for mail in mail_sink.list_mails(_sink()) if mail.name == name), None) or abort(404)


def _sink() -> mail_sink.Path:
    config = current_app.extensions["rapport"]
    if config.mail_sink_dir is None or not (config.demo_file or current_app.debug):
        abort(404)
    return config.mail_sink_dir
