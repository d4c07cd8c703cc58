"""Pages about companies.

GET  /companies                          list: ?q= ?state= ?where= and its layout
GET  /companies/suggestions              names to choose from (fragment): ?company_id= ?other= what was typed
GET  /companies/new                      form
POST /companies                          add
GET  /companies/<id>                     one company: its people, what they bought, what happened lately
GET  /companies/<id>/edit                form
POST /companies/<id>                     change
GET  /companies/<id>/merger              form
POST /companies/<id>/merger              merge another company into it
POST /companies/<id>/archive[/delete]    archive, restore
"""

from uuid import UUID

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from app.companies import actions, forms, in_place, queries, stream
from app.companies.models import Company
from app.core import access, once, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.custom_fields import forms as custom
from app.engine.records import pages
from app.engine.views import opening
from app.people import timeline

bp = Blueprint("companies", __name__)


@bp.get("/companies")
@access.requires("companies.read")
@opening.opens("/companies")
def companies(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    page = queries.list_companies(wanted, **opened.asked)
    count = queries.count_companies(wanted, group=opened.layout.group_key)
    return opened.show("companies", page, count, wanted, can_edit=actor().can("companies.edit"))


@bp.get("/companies/suggestions")
@access.requires("companies.read")
def suggestions() -> ResponseReturnValue:
    words = forms.search_words(request.args, "company_id") or forms.search_words(request.args, "other")
    return web.render("companies/_suggestions.html", companies=queries.search_companies(words) if words else [])


@bp.get("/companies/new")
@access.requires("companies.edit")
def new_company() -> ResponseReturnValue:
    form = forms.company_form(None, actor())
    form.once.data = once.new_token()
    custom.fill_new(form, "company")
    return _show_form(form, None)


@bp.post("/companies")
@access.requires("companies.edit")
def create_company() -> ResponseReturnValue:
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    form = forms.company_form(None, actor())
    typed, own = form.read(_country()), custom.take(form, "company", actor())
    if typed is None or own is None:
        return _show_form(form, None, 422)
    change_set = changes.begin(f"Added {typed['name']}", kind="add", actor=actor())
    try:
        company = actions.add_company(typed | own, actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, None, 422)
    once.remember(request.form.get("once", ""), _address(company))
    return web.go(_address(company), f"{company.name} was added.", undo=change_set.undo_path)


@bp.get("/companies/<uuid:company_id>")
@access.requires("companies.read")
def company(company_id: UUID) -> ResponseReturnValue:
    found, owner = queries.get_company_and_owner(company_id)
    return web.render(
        "companies/record.html",
        company=found,
        owner=owner,
        facts=in_place.facts_of(actor(), found),
        panels=pages.panels_for(actor(), "company", company_id, found),
        actions=pages.actions_for(actor(), "company"),
        happenings=stream.list_latest(actor(), company_id) if actor().can("customers.read") else [],
        sources={source.kind: source for source in timeline.sources_for(actor())},
    )


@bp.get("/companies/<uuid:company_id>/edit")
@access.requires("companies.edit")
def edit_company(company_id: UUID) -> ResponseReturnValue:
    found = queries.get_company(company_id)
    form = forms.company_form(found, actor())
    form.fill(found)
    custom.fill(form, "company", company_id, found.custom, actor())
    return _show_form(form, found)


@bp.post("/companies/<uuid:company_id>")
@access.requires("companies.edit")
def update_company(company_id: UUID) -> ResponseReturnValue:
    found = queries.get_company(company_id)
    form = forms.company_form(found, actor())
    typed, own = form.read(_country()), custom.take(form, "company", actor(), found.custom)
    if typed is None or own is None:
        return _show_form(form, found, 422)
    change_set = changes.begin(f"Edited {found.name}", kind="edit", actor=actor())
    try:
        seen = forms.seen_values(_country()) | custom.seen_values("company", company_id, found.custom)
        actions.edit_company(found, typed | own, actor=actor(), seen=seen)
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, found, 422)
    return web.go(_address(found), "Saved.", undo=change_set.undo_path)


@bp.get("/companies/<uuid:company_id>/merger")
@access.requires("companies.edit")
def choose_other(company_id: UUID) -> ResponseReturnValue:
    return _show_merger(queries.get_company(company_id))


@bp.post("/companies/<uuid:company_id>/merger")
@access.requires("companies.edit")
def merge(company_id: UUID) -> ResponseReturnValue:
    found = queries.get_company(company_id)
    typed = forms.search_words(request.form, "other")
    other_id = actions.find_meant([typed]).get(typed) if typed else None
    if other_id is None:
        return _show_merger(found, ["There is no company of this name or domain."])
    other = queries.get_company(other_id)
    change_set = changes.begin(f"Merged {other.name} into {found.name}", kind="merge", actor=actor())
    try:
        actions.merge_companies(found, other, actor=actor())
    except Invalid as refusal:
        return _show_merger(found, [sentence for some in refusal.errors.values() for sentence in some])
    return web.go(_address(found), f"{other.name} is merged into {found.name}.", undo=change_set.undo_path)


@bp.post("/companies/<uuid:company_id>/archive")
@access.requires("companies.edit")
def archive(company_id: UUID) -> ResponseReturnValue:
    found = queries.get_company(company_id)
    change_set = changes.begin(f"Archived {found.name}", kind="edit", actor=actor())
    actions.archive_company(found, actor=actor())
    return web.go(_address(found), f"{found.name} is archived.", undo=change_set.undo_path)


@bp.post("/companies/<uuid:company_id>/archive/delete")
@access.requires("companies.edit")
def restore(company_id: UUID) -> ResponseReturnValue:
    found = queries.get_company(company_id)
    change_set = changes.begin(f"Restored {found.name}", kind="edit", actor=actor())
    actions.restore_company(found, actor=actor())
    return web.go(_address(found), f"{found.name} is back.", undo=change_set.undo_path)


def _show_form(form: forms.CompanyForm, company: Company | None, status: int = 200) -> ResponseReturnValue:
    seen = {}
    if company:
        seen = forms.words_of(company) | custom.seen("company", company.company_id, company.custom)
    if status == 422:
        seen = {name: request.form.get(f"seen_{name}", value) for name, value in seen.items()}
    groups = custom.groups(form, "company")
    return web.render("companies/form.html", status=status, form=form, company=company, seen=seen, custom=groups)


def _show_merger(company: Company, problems: list[str] | None = None) -> ResponseReturnValue:
    typed = request.form.get("other", "")
    status = 422 if problems else 200
    return web.render("companies/merge.html", status=status, company=company, typed=typed, problems=problems or [])


def _address(company: Company) -> str:
    return f"/companies/{company.company_id}"


def _country() -> str:
    return str(current_app.extensions["rapport"].country)
