"""What managers do about ratings.

POST /ratings/<id>/exclusion         leave it out of all averages, with a reason
POST /ratings/<id>/exclusion/delete  let it count again
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.conversations.actions import ratings as actions
from app.conversations.queries import ratings
from app.core import access, web

bp = Blueprint("ratings", __name__)


@bp.post("/ratings/<uuid:rating_id>/exclusion")
@access.requires("ratings.exclude")
def exclude(rating_id: UUID) -> Response:
    rated = ratings.get_rating(access.actor(), rating_id)
    actions.exclude_rating(rated, request.form.get("reason", ""), actor=access.actor())
    return web.go(f"/conversations/{rated.channel_id}", "The rating counts in no average any more.")


@bp.post("/ratings/<uuid:rating_id>/exclusion/delete")
@access.requires("ratings.exclude")
def include(rating_id: UUID) -> Response:
    rated = ratings.get_rating(access.actor(), rating_id)
    actions.include_rating(rated)
    return web.go(f"/conversations/{rated.channel_id}", "The rating counts again.")
