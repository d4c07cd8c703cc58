"""What customers agreed to being written about, and in which words.

/customers/{id}/consents  .../consents/{id}  /consent-wordings  /consent-wordings/{id}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import consents as shapes
from app.core import access, web
from app.core.access import actor
from app.core.paging import Page
from app.people import queries as people
from app.people.consent import actions, queries
from app.people.consent.models import GRANTED, WITHDRAWN, Wording
from app.people.models import Customer

bp = Blueprint(
    "Consent", "What customers agreed to being written about: a log that is only added to, of which the newest holds."
)

EXAMPLE = {"channel": "phone", "purpose": "marketing", "state": GRANTED, "source_text": "Said so on the phone"}
NEW_WORDS = {"purpose": "marketing", "body": "Please send me news and offers. I can stop this at any time."}


@bp.route("/customers/<uuid:customer_id>/consents")
class Consents(MethodView):
    @bp.lists(shapes.Consent)
    @access.requires("customers.read")
    def get(self, wanted: dict[str, Any], customer_id: UUID) -> Page[Any]:
        """List the log of a customer’s consent, the newest first"""
        customer = people.get_customer(actor(), customer_id)
        return queries.list_log(customer.person_id, cursor=wanted["after"], size=wanted["limit"])

    @bp.creates(shapes.ConsentIn, shapes.Consent, example=EXAMPLE)
    @access.requires("consent.record")
    def post(self, values: dict[str, Any], customer_id: UUID) -> Any:
        """Record that a customer agreed, or withdrew

        Consent by email is `pending` until the customer confirms it by a link in a mail. What holds already
        in the same words is answered as it is.
        """
        customer = people.get_customer(actor(), customer_id)
        return (_withdraw if values.pop("state") == WITHDRAWN else _grant)(customer, values)


def _grant(customer: Customer, values: dict[str, Any]) -> Any:
    made = actions.grant(customer, **values, actor=actor(), source="api", ip=web.client_address())
    return queries.get_line(customer.person_id, made.consent_id)


def _withdraw(customer: Customer, values: dict[str, Any]) -> Any:
    pair = (values["channel"], values["purpose"])
    told = {"source": "api", "source_text": values["source_text"], "ip": web.client_address()}
    actions.withdraw([customer.person_id], [pair], actor=actor(), **told)
    held = queries.states_of(customer.person_id)[pair]
    return queries.get_line(customer.person_id, held.consent_id)


@bp.route("/customers/<uuid:customer_id>/consents/<uuid:consent_id>")
class OneConsent(MethodView):
    @bp.reads(shapes.Consent)
    @access.requires("customers.read")
    def get(self, customer_id: UUID, consent_id: UUID) -> Any:
        """Read a line of the log"""
        return queries.get_line(people.get_customer(actor(), customer_id).person_id, consent_id)


@bp.route("/consent-wordings")
class Wordings(MethodView):
    @bp.lists(shapes.Wording, shapes.WordingQuery)
    @access.requires("consent.wordings")
    def get(self, wanted: dict[str, Any]) -> Page[Any]:
        """List what customers agree to, all versions, the newest first"""
        return queries.list_wordings(wanted["purpose"], cursor=wanted["after"], size=wanted["limit"])

    @bp.creates(shapes.WordingIn, shapes.Wording, example=NEW_WORDS)
    @access.requires("consent.wordings")
    def post(self, values: dict[str, Any]) -> Wording:
        """Write the next version of what customers agree to

        Who agreed to an earlier version still did, to that one.
        """
        return actions.change_wording(values["purpose"], values["body"], actor=actor())


@bp.route("/consent-wordings/<uuid:wording_id>")
class OneWording(MethodView):
    @bp.reads(shapes.Wording)
    @access.requires("consent.wordings")
    def get(self, wording_id: UUID) -> Wording:
        """Read a version of what customers agree to"""
        return queries.get_wording(wording_id)
