"""Duplicates and merges of customers.

/duplicates  /duplicates/search  /duplicates/{id}/{id}/difference  /merges  /merges/{id}  .../undo
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.schemas import duplicates as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.people.duplicates import actions, queries
from app.people.duplicates.models import DuplicatePair, Merge

bp = Blueprint("Duplicates", "Customers who may be the same person, and making one of them, with 30 days to undo it.")

EXAMPLE = {
    "keep": IDS["customer_id"],
    "merge": [IDS["twin_id"]],
    "values_of": {"phone": IDS["twin_id"]},
}


@bp.route("/duplicates")
class Duplicates(MethodView):
    @bp.lists(shapes.Pair)
    @access.requires("customers.merge")
    def get(self, wanted: dict[str, Any]) -> Page[DuplicatePair]:
        """List pairs of customers who may be the same person, the likeliest first"""
        return queries.list_pairs(actor(), cursor=wanted["after"], size=wanted["limit"]).scalars()


@bp.route("/duplicates/search")
class Search(MethodView):
    @bp.does(shapes.Search)
    @access.requires("customers.merge")
    def post(self) -> dict[str, bool]:
        """Compare everybody with everybody again, in the background"""
        actions.look_for_all(actor=actor())
        return {"is_asked_for": True}


@bp.route("/duplicates/<uuid:customer_id>/<uuid:twin_id>/difference")
class Difference(MethodView):
    @bp.does(shapes.Pair)
    @access.requires("customers.merge")
    def post(self, customer_id: UUID, twin_id: UUID) -> DuplicatePair:
        """Remember that two customers are not the same person; they are among the pairs no more"""
        queries.get_people(actor(), (customer_id, twin_id))
        return actions.tell_apart(customer_id, twin_id, actor=actor())

    @bp.does(shapes.Pair)
    @access.requires("customers.merge")
    def delete(self, customer_id: UUID, twin_id: UUID) -> DuplicatePair:
        """Take that back"""
        queries.get_people(actor(), (customer_id, twin_id))
        return actions.ask_again(customer_id, twin_id)


@bp.route("/merges")
class Merges(MethodView):
    @bp.lists(shapes.Merge)
    @access.requires("customers.merge")
    def get(self, wanted: dict[str, Any]) -> Page[Merge]:
        """List merges, the latest first"""
        return queries.list_merges(actor(), cursor=wanted["after"], size=wanted["limit"]).scalars()

    @bp.creates(shapes.NewMerge, shapes.Merge, example=EXAMPLE)
    @access.requires("customers.merge")
    def post(self, values: dict[str, Any]) -> Merge:
        """Make one customer of two to five

        All that belongs to the others goes to the one who is kept. What `values_of` does not name is kept
        as it is there. A customer who was merged answers with the address of the one who was kept.
        """
        ids = [values["keep"], *values["merge"]]
        chosen = {name: UUID(str(whose)) for name, whose in values["values_of"].items()}
        return actions.merge(ids, winner_id=values["keep"], chosen=chosen, actor=actor())


@bp.route("/merges/<uuid:merge_id>")
class OneMerge(MethodView):
    @bp.reads(shapes.Merge)
    @access.requires("customers.merge")
    def get(self, merge_id: UUID) -> Merge:
        """Read a merge, and whether it was undone"""
        return queries.get_merge(actor(), merge_id)


@bp.route("/merges/<uuid:merge_id>/undo")
class Undoing(MethodView):
    @bp.does(shapes.Merge)
    @access.requires("customers.merge")
    def post(self, merge_id: UUID) -> Merge:
        """Part again who was made one; `kept` names what could not be put back"""
        merge = queries.get_merge(actor(), merge_id)
        actions.undo(merge, actor=actor())
        return merge
