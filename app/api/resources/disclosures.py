"""Copies of everything that is kept about a customer.

/customers/{id}/disclosures  .../disclosures/{id}  .../disclosures/{id}/file
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Attachment, Blueprint
from app.api.schemas import disclosures as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.people import queries as people
from app.people.disclosure import actions, queries
from app.people.disclosure.models import Disclosure

bp = Blueprint("Disclosures", "Copies of everything that is kept about a customer, for them. Each is kept for 7 days.")

ZIP = "application/zip"


@bp.route("/customers/<uuid:customer_id>/disclosures")
class Disclosures(MethodView):
    @bp.lists(shapes.Disclosure)
    @access.requires("customers.disclose")
    def get(self, _wanted: dict[str, Any], customer_id: UUID) -> Page[Disclosure]:
        """List the latest copies that were asked for, the newest first, all on one page"""
        rows = queries.list_disclosures(people.get_customer(actor(), customer_id).person_id)
        return Page(rows, None, None, len(rows))

    @bp.creates(None, shapes.Disclosure)
    @access.requires("customers.disclose")
    def post(self, customer_id: UUID) -> Disclosure:
        """Have a copy made, in the background; that it was asked for is kept for good"""
        return actions.ask(people.get_customer(actor(), customer_id), actor=actor())


@bp.route("/customers/<uuid:customer_id>/disclosures/<uuid:disclosure_id>")
class OneDisclosure(MethodView):
    @bp.reads(shapes.Disclosure)
    @access.requires("customers.disclose")
    def get(self, customer_id: UUID, disclosure_id: UUID) -> Disclosure:
        """Read whether a copy is made, and how long it is kept"""
        return queries.get_disclosure(people.get_customer(actor(), customer_id).person_id, disclosure_id)


@bp.route("/customers/<uuid:customer_id>/disclosures/<uuid:disclosure_id>/file")
class DisclosureFile(MethodView):
    @bp.sends(ZIP)
    @access.requires("customers.disclose")
    def get(self, customer_id: UUID, disclosure_id: UUID) -> Attachment:
        """Fetch the copy; 404 before it is made, and when its time is over"""
        customer = people.get_customer(actor(), customer_id)
        copy = queries.get_ready(customer.person_id, disclosure_id)
        return Attachment(f"personal-data-{customer.person_id}.zip", ZIP, copy.content or b"")
