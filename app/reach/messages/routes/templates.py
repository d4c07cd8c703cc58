"""Templates of messages.

GET       /reach/templates                                 list: ?q= ?type= ?state=archived ?sort= ?after=
GET, POST /reach/templates/new                             write one
GET       /reach/templates/<id>                            its look and versions: ?sheet= ?person= ?who= ?after=
GET, POST /reach/templates/<id>/edit                       write it anew
POST      /reach/templates/words                           the form with a language more or less, not saved
POST      /reach/templates/preview                         what is typed, as somebody gets it
GET       /reach/previews/<token>                          the HTML of a preview, for its frame
GET       /reach/templates/<id>/versions/<n>               what it changed: ?against= another version
POST      /reach/templates/<id>/versions/<n>/restoration   let it hold again
POST      /reach/templates/<id>/tests                      send it to oneself: sheet, person
POST      /reach/templates/<id>/archive                    put it away
POST      /reach/templates/<id>/archive/delete             bring it back
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, request

from app.core import access, paging, web
from app.core.access import actor
from app.core.errors import Invalid
from app.reach.channels.base import CHANNELS
from app.reach.messages import differences, languages, previews, queries
from app.reach.messages.actions import templates as actions
from app.reach.messages.actions import testing
from app.reach.messages.contents import Sheets, in_order
from app.reach.messages.forms import TemplateForm, read_words
from app.reach.messages.models import Template
from app.reach.messages.placeholders import event_keys, groups

bp = Blueprint("templates", __name__)

PATH = "/reach/templates"
ONE = f"{PATH}/<uuid:template_id>"
EVENT_KEYS_NAMED = ("event.number", "event.amount_minor", "event.reason")
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
    " img-src data: https:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


@bp.get(PATH)
@access.requires("reach.read")
def index() -> Response:
    is_archived = request.args.get("state") == "archived"
    words, kind = request.args.get("q", "")[:100], request.args.get("type", type=UUID)
    page = queries.page_of_templates(
        words=words,
        message_type_id=kind,
        is_archived=is_archived,
        sort=request.args.get("sort", "name"),
        cursor=request.args.get("after", ""),
    )
    return web.render(
        "reach/templates.html",
        "reach/_templates_list.html",
        page=page,
        words=words,
        kind=next((one for one in queries.list_types(with_archived=True) if one.message_type_id == kind), None),
        is_archived=is_archived,
        query=request.args.to_dict(flat=False),
        last=paging.LAST,
        channels=CHANNELS,
        language=languages.label,
        can_edit=actor().can("reach.write"),
    )


@bp.get(ONE)
@access.requires("reach.read")
def show(template_id: UUID) -> Response:
    row = queries.get_row(template_id)
    sheets = _sheets(row.contents)
    sheet = request.args.get("sheet", "")
    sheet = sheet if sheet in sheets else next(iter(sheets), "")
    seen = _previewed(
        sheets, sheet, row.purpose, request.args.get("person", type=UUID), words=request.args.get("who", "")[:100]
    )
    return web.render(
        "reach/template.html",
        "reach/_templates_preview.html",
        **seen,
        row=row,
        sheets=list(sheets),
        versions=queries.page_of_versions(template_id, cursor=request.args.get("after", "")),
        channels=CHANNELS,
        language=languages.label,
        can_edit=actor().can("reach.write"),
    )


@bp.route(f"{PATH}/new", methods=["GET", "POST"])
@access.requires("reach.write")
def new() -> Response:
    form, typed = _form(None), read_words(request.form)
    if form.was_sent():
        try:
            made = actions.create_template(form.details, typed, comment=form.comment.data or "", actor=actor())
            return web.go(f"{PATH}/{made.template_id}", f"{made.name} was saved.")
        except Invalid as refusal:
            form.blame(refusal)
    return _editor(form, typed or _first_sheet(), None)


@bp.route(f"{ONE}/edit", methods=["GET", "POST"])
@access.requires("reach.write")
def edit(template_id: UUID) -> Response:
    template, newest = queries.get_template(template_id), queries.newest_version(template_id)
    form, typed = _form(template, base=str(newest.number)), read_words(request.form)
    if not form.was_sent():
        return _editor(form, typed or newest.contents, template)
    try:
        actions.describe_template(template, form.details, actor=actor())
        comment = form.comment.data or ""
        version = actions.write_version(template, typed, base=form.base_number, comment=comment, actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return _editor(form, typed, template)
    except actions.WrittenMeanwhile as collision:
        form.base.data = str(collision.newest.number)
        return _editor(form, collision.merged, template, collision)
    is_new = version.number != form.base_number
    return web.go(f"{PATH}/{template_id}", f"Saved as version {version.number}." if is_new else "Saved.")


@bp.post(f"{PATH}/words")
@access.requires("reach.write")
def words() -> Response:
    asked = request.form.get("template_id", type=UUID)
    template = queries.get_template(asked) if asked else None
    form, typed = _form(template), read_words(request.form)
    channel, _, locale = request.form.get("remove", "").partition(".")
    typed.get(channel, {}).pop(locale, None)
    if "add" in request.form:
        channel, code = request.form.get("add_channel", ""), languages.standard(request.form.get("add_locale", ""))
        if channel in CHANNELS and code:
            typed.setdefault(channel, {}).setdefault(code, {})
            form.sheet.data = f"{channel}.{code}"
    return _editor(form, typed, template)


@bp.post(f"{PATH}/preview")
@access.requires("reach.write")
def preview() -> Response:
    typed = read_words(request.form)
    seen = _previewed(
        _sheets(typed),
        request.form.get("sheet", ""),
        _purpose(request.form.get("message_type_id", type=UUID)),
        request.form.get("person", type=UUID),
        words=request.form.get("who", "")[:100],
    )
    return web.render("reach/templates_preview.html", "reach/_templates_preview.html", **seen)


@bp.get("/reach/previews/<token>")
@access.requires("reach.read")
def frame(token: str) -> Response:
    response = make_response(previews.framed(token, actor()))
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.get(f"{ONE}/versions/<int:number>")
@access.requires("reach.read")
def version(template_id: UUID, number: int) -> Response:
    template, shown = queries.get_template(template_id), queries.get_version(template_id, number)
    newest = queries.newest_version(template_id)
    against = request.args.get("against", number - 1, type=int)
    other = queries.get_version(template_id, against) if against else None
    return web.render(
        "reach/templates_version.html",
        template=template,
        shown=shown,
        against=against,
        newest=newest,
        differences=differences.compare(other.contents if other else {}, shown.contents),
        place_label=actions.place_label,
        can_restore=actor().can("reach.write") and shown.contents != newest.contents,
    )


@bp.post(f"{ONE}/versions/<int:number>/restoration")
@access.requires("reach.write")
def restore(template_id: UUID, number: int) -> Response:
    made = actions.restore_version(queries.get_template(template_id), number, actor=actor())
    return web.go(f"{PATH}/{template_id}", f"The words of version {number} hold again, as version {made.number}.")


@bp.post(f"{ONE}/tests")
@access.requires("reach.write")
def send_test(template_id: UUID) -> Response:
    channel, _, locale = request.form.get("sheet", "").partition(".")
    about = request.form.get("person", type=UUID)
    testing.queue_test(queries.get_template(template_id), channel, locale, about=about, actor=actor())
    said = f"A test is on its way to you: {CHANNELS[channel].label}, {languages.label(locale)}."
    if web.wants_fragment():
        return web.toast(make_response(""), said)
    return web.go(f"{PATH}/{template_id}", said)


@bp.post(f"{ONE}/archive")
@access.requires("reach.write")
def archive(template_id: UUID) -> Response:
    found = queries.get_template(template_id)
    actions.archive_template(found, actor=actor())
    undo = f"{PATH}/{template_id}/archive/delete"
    return web.go(PATH, f"{found.name} was put away. It stays readable.", undo=undo)


@bp.post(f"{ONE}/archive/delete")
@access.requires("reach.write")
def bring_back(template_id: UUID) -> Response:
    found = queries.get_template(template_id)
    actions.bring_back_template(found, actor=actor())
    return web.go(f"{PATH}/{template_id}", f"{found.name} is back.")


def _form(template: Template | None, **told: str) -> TemplateForm:
    if template:
        told |= {"name": template.name, "message_type_id": str(template.message_type_id)}
        told["template_id"] = str(template.template_id)
    form = TemplateForm(**told)
    form.offer(queries.list_types(with_archived=True), template)
    return form


def _first_sheet() -> Sheets:
    """What is offered to whoever begins: the first channel, in English."""
    return {"email" if "email" in CHANNELS else next(iter(CHANNELS)): {"en": {}}}


def _purpose(message_type_id: UUID | None) -> str:
    kinds = {one.message_type_id: one.purpose for one in queries.list_types(with_archived=True)}
    return kinds.get(message_type_id, "service") if message_type_id else "service"


def _sheets(typed: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The words of each channel and language, by both, as people read them."""
    pairs = in_order((channel, locale, "") for channel, kept in typed.items() for locale in kept)
    return {f"{channel}.{locale}": typed[channel][locale] for channel, locale, _ in pairs}


def _previewed(
    sheets: dict[str, Any], sheet: str, purpose: str, person_id: UUID | None, *, words: str = ""
) -> dict[str, Any]:
    sheet = sheet if sheet in sheets else next(iter(sheets), "")
    channel, _, locale = sheet.partition(".")
    found = previews.somebody(actor(), words=words, person_id=person_id)
    who = previews.chosen_of(found, person_id)
    shown = None
    if channel in CHANNELS and languages.standard(locale):
        shown = previews.preview(sheets[sheet], channel, locale, who, purpose=purpose, actor=actor())
    label = f"{CHANNELS[channel].label}, {languages.label(locale)}" if shown else ""
    return {"shown": shown, "label": label, "sheet": sheet, "who": who, "people": found, "asked": words}


def _editor(
    form: TemplateForm, typed: Sheets, template: Template | None, collision: actions.WrittenMeanwhile | None = None
) -> Response:
    sheets = _sheets(typed)
    wrong = {name.removeprefix("contents."): words for name, words in form.words_errors.items()}
    sheet = next((one for one in sheets if any(name.startswith(f"{one}.") for name in wrong)), form.sheet.data or "")
    sheet = sheet if sheet in sheets else next(iter(sheets), "")
    seen = _previewed(sheets, sheet, _purpose(_id(form.message_type_id.data)), _id(form.person.data))
    return web.render(
        "reach/templates_form.html",
        "reach/_templates_words.html",
        status=409 if collision else 422 if form.errors else 200,
        **seen,
        form=form,
        template=template,
        sheets=[
            (key, CHANNELS[channel], locale, texts)
            for key, texts in sheets.items()
            for channel, _, locale in [key.partition(".")]
            if channel in CHANNELS
        ],
        wrong=wrong,
        faulty={name.rpartition(".")[0] for name in wrong},
        collision=collision,
        channels=CHANNELS,
        languages=languages.choices(),
        language=languages.label,
        placeholders=groups(),
        event_keys=[key for key in EVENT_KEYS_NAMED if key in event_keys()],
    )


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
