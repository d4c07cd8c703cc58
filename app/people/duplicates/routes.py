"""Pages on customers who may be the same person.

GET  /customers/duplicates                    pairs, the likeliest first
POST /customers/duplicates/search             look for pairs among everybody
POST /customers/duplicates/different          these two are not the same
POST /customers/duplicates/different/delete   undo that
GET  /customers/merging                       side by side: ?of=<id>&of=<id> up to five, ?keep=<id>
POST /customers/merging                       make them one
GET  /customers/merges                        who was merged
POST /customers/merges/<id>/undo              part them again
"""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.core import access, failures, paging, web
from app.core.access import actor
from app.core.errors import NotFound
from app.engine.records import kinds as records
from app.people import forms as people
from app.people import privacy
from app.people import queries as customers
from app.people.duplicates import actions, forms, queries
from app.people.models import Customer

bp = Blueprint("duplicates", __name__)


@bp.get("/customers/duplicates")
@access.requires("customers.merge")
def duplicates() -> ResponseReturnValue:
    return web.render(
        "duplicates/list.html",
        "duplicates/_list.html",
        page=queries.list_pairs(actor(), cursor=request.args.get("after", "")),
        count=queries.count_pairs(actor()),
        reasons=queries.REASONS,
        query=request.args.to_dict(flat=False),
        last=paging.LAST,
        contact_of=lambda customer: privacy.contact_of(customer, actor()),
    )


@bp.post("/customers/duplicates/search")
@access.requires("customers.merge")
def search() -> ResponseReturnValue:
    actions.look_for_all(actor=actor())
    return web.go("/customers/duplicates", "Everybody is compared again. Come back in a minute.")


@bp.post("/customers/duplicates/different")
@access.requires("customers.merge")
def tell_apart() -> ResponseReturnValue:
    first, second = forms.read_pair(request.form)
    queries.get_people(actor(), (first, second))
    actions.tell_apart(first, second, actor=actor())
    again = url_for("duplicates.ask_again", first=first, second=second)
    return web.go("/customers/duplicates", "They will not be shown as the same again.", undo=again)


@bp.post("/customers/duplicates/different/delete")
@access.requires("customers.merge")
def ask_again() -> ResponseReturnValue:
    first, second = forms.read_pair(request.values)
    queries.get_people(actor(), (first, second))
    actions.ask_again(first, second)
    return web.go("/customers/duplicates", "They are among the pairs again.")


@bp.get("/customers/merging")
@access.requires("customers.merge")
def compare() -> ResponseReturnValue:
    return _compare(request.args)


@bp.post("/customers/merging")
@access.requires("customers.merge")
def merge() -> ResponseReturnValue:
    wanted = forms.read_merge(request.form)
    if request.form.get("then") == "look":
        return _compare(request.form)
    made = actions.merge(wanted.ids, winner_id=wanted.winner_id, chosen=wanted.chosen, actor=actor())
    name = customers.get_customer(actor(), made.winner_id).name
    return web.go(f"/customers/{made.winner_id}", f"Merged into {name}.", undo=made.undo_path)


@bp.get("/customers/merges")
@access.requires("customers.merge")
def merges() -> ResponseReturnValue:
    page = queries.list_merges(actor(), cursor=request.args.get("after", ""))
    query = request.args.to_dict(flat=False)
    return web.render(
        "duplicates/merges.html",
        "duplicates/_merges.html",
        page=page,
        count=queries.count_merges(actor()),
        query=query,
        last=paging.LAST,
    )


@bp.post("/customers/merges/<uuid:merge_id>/undo")
@access.requires("customers.merge")
def undo(merge_id: UUID) -> ResponseReturnValue:
    merge = queries.get_merge(actor(), merge_id)
    kept = actions.undo(merge, actor=actor())
    told = f" {'. '.join(kept)}." if kept else ""
    return web.go(f"/customers/{merge.winner_id}", f"They are apart again, with what each had.{told}")


def _compare(values: "MultiDict[str, str]") -> ResponseReturnValue:
    ids = forms.read_ids(values)
    some = queries.get_people(actor(), ids)
    keep = forms.read_id(values.get("keep", "")) or queries.propose_winner(some)
    winner_id = keep if keep in ids else some[0].person_id
    return web.render(
        "duplicates/compare.html",
        people=some,
        winner_id=winner_id,
        choices=queries.propose(some, winner_id),
        labels=actions.LABELS,
        shown={one.person_id: _shown(one) for one in some},
        more=queries.list_also_alike(actor(), ids) if len(ids) < actions.MOST_AT_ONCE else [],
    )


def _shown(customer: Customer) -> dict[str, str]:
    """A customer's fields as this actor may see them, in words."""
    contact = privacy.contact_of(customer, actor())
    owner = customers.find_employee(customer.owner_id)
    company = records.find_records(actor(), [("company", customer.company_id)] if customer.company_id else [])
    return {
        **{
            name: getattr(customer, name) or ""
            for name in ("first_name", "last_name", "country", "reference", "source")
        },
        "email": contact.email,
        "phone": contact.phone,
        "address": contact.address,
        "stage": people.STAGE_LABELS[customer.stage],
        "owner_id": owner.name if owner else "",
        "company_id": next((one.name for one in company.values()), ""),
    }


def lead_to_winner(error: NotFound) -> Response:
    """Lead on from the address of somebody who was merged; everybody else is not there as before."""
    person_id = (request.view_args or {}).get("customer_id")
    winner_id = queries.find_winner(person_id) if person_id and request.method == "GET" and request.endpoint else None
    if winner_id is None:
        return failures.answer(error)
    return redirect(url_for(str(request.endpoint), **{**(request.view_args or {}), "customer_id": winner_id}))  # type: ignore[return-value]
