"""What customers think of how they were answered.

/conversations/{id}/rating
/ratings  /ratings/{id}  .../exclusion
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import ratings as shapes
from app.conversations.actions import ratings
from app.conversations.models import Rating as Rated
from app.conversations.queries import lookup
from app.conversations.queries import ratings as queries
from app.core import access
from app.core.access import actor
from app.core.paging import Page

bp = Blueprint("Ratings", "Stars and words of customers, each for one close of a conversation, kept as it was then.")


@bp.route("/conversations/<uuid:conversation_id>/rating")
class Rating(MethodView):
    @bp.does(shapes.Rating, shapes.RatingIn, example={"rating": 5, "feedback": "Quick and kind."})
    @access.requires("conversations.request")
    def post(self, values: dict[str, Any], conversation_id: UUID) -> Rated:
        """Rate a closed conversation as its customer, or change that for a day"""
        return ratings.rate_channel(lookup.get_channel(actor(), conversation_id), **values, actor=actor())


@bp.route("/ratings")
class Ratings(MethodView):
    @bp.lists(shapes.Rating, shapes.RatingQuery)
    @access.requires("conversations.answer")
    def get(self, wanted: dict[str, Any]) -> Page[Rated]:
        """List ratings, the latest first"""
        return queries.list_ratings(
            actor(), since=wanted["since"], most_stars=wanted["most"], cursor=wanted["after"], size=wanted["limit"]
        )


@bp.route("/ratings/<uuid:rating_id>")
class OneRating(MethodView):
    @bp.reads(shapes.Rating)
    @access.requires("conversations.answer")
    def get(self, rating_id: UUID) -> Rated:
        """Read a rating"""
        return queries.get_rating(actor(), rating_id)


@bp.route("/ratings/<uuid:rating_id>/exclusion")
class Exclusion(MethodView):
    @bp.does(shapes.Rating, shapes.ExclusionIn, example={"reason": "It is about the parcel service."})
    @access.requires("ratings.exclude")
    def post(self, values: dict[str, Any], rating_id: UUID) -> Rated:
        """Leave a rating out of all averages"""
        found = queries.get_rating(actor(), rating_id)
        ratings.exclude_rating(found, values["reason"], actor=actor())
        return found

    @bp.does(shapes.Rating)
    @access.requires("ratings.exclude")
    def delete(self, rating_id: UUID) -> Rated:
        """Let a rating count again"""
        found = queries.get_rating(actor(), rating_id)
        ratings.include_rating(found)
        return found
