"""What was said elsewhere, written down on a customer's page.

GET, POST /customers/<id>/call           a call: by whom, when, what was said
GET, POST /customers/<id>/logged-email   an email that went another way
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.conversations.actions import messages
from app.conversations.forms import CallForm, LoggedEmailForm
from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.people import queries as people
from app.people.models import Customer

bp = Blueprint("logged", __name__)

CHANGED = "record-changed"
AnyForm = TypeVar("AnyForm", CallForm, LoggedEmailForm)
LABELS = {"call": "a call with", "email": "an email of"}


@bp.route("/customers/<uuid:customer_id>/call", methods=["GET", "POST"])
@access.requires("conversations.answer")
def call(customer_id: UUID) -> ResponseReturnValue:
    return _written("call", customer_id, CallForm, _log_call)


@bp.route("/customers/<uuid:customer_id>/logged-email", methods=["GET", "POST"])
@access.requires("conversations.answer")
def email(customer_id: UUID) -> ResponseReturnValue:
    return _written("email", customer_id, LoggedEmailForm, _log_email)


def _log_call(customer: Customer, form: CallForm) -> None:
    messages.log_call(
        customer,
        actor=actor(),
        duration_seconds=60 * (form.minutes.data or 0),
        notes=form.notes.data or "",
        outcome=form.outcome.data,
        is_incoming=form.direction.data == "in",
        at=form.moment,
    )


def _log_email(customer: Customer, form: LoggedEmailForm) -> None:
    messages.log_email(
        customer,
        actor=actor(),
        subject=form.subject.data or "",
        content=form.content.data or "",
        is_incoming=form.direction.data == "in",
        at=form.moment,
    )


def _written(
    what: str, customer_id: UUID, make_form: type[AnyForm], write: Callable[[Customer, AnyForm], None]
) -> ResponseReturnValue:
    """The form, or what it says written down; as a fragment, the form anew for the next one."""
    customer = people.get_customer(actor(), customer_id)
    form = make_form()
    if request.method == "GET":
        return _form(what, customer, form)
    change_set = changes.begin(f"Wrote down {LABELS[what]} {customer.name}", kind="add", actor=actor())
    try:
        if not form.was_sent():
            raise Invalid
        write(customer, form)
    except Invalid as refusal:
        form.blame(refusal)
        return _form(what, customer, form, status=422)
    said = f"{what.capitalize()} written down."
    if not web.wants_fragment():
        return web.go(f"/customers/{customer_id}", said, undo=change_set.undo_path)
    form.empty()
    answer = web.toast(_form(what, customer, form), said, undo=change_set.undo_path)
    return web.trigger(answer, **{CHANGED: {}})


def _form(what: str, customer: Customer, form: CallForm | LoggedEmailForm, *, status: int = 200) -> web.Response:
    here, partial = f"conversations/{what}_log.html", f"conversations/_{what}_log.html"
    return web.render(here, partial, status=status, form=form, customer=customer, record_id=customer.person_id)
