"""ETags and conditions: whoever changes a resource says which version they read."""

from typing import Any, TypeVar

from flask import request

from app.core.db import db
from app.core.errors import DomainError, PreconditionFailed

Row = TypeVar("Row")


class PreconditionRequired(DomainError):
    """A change without `If-Match` would overwrite what somebody else did meanwhile."""

    status = 428
    code = "precondition_required"
    title = "Say which version you change"


def etag_of(row: Any) -> str:
    """The tag of a row that counts its versions."""
    return f"v{row.version}"


def matching(row: Row) -> Row:
    """The row, held until the end, when `If-Match` names its present version.

    Raises: PreconditionRequired without the header; PreconditionFailed for another version.
    """
    if not request.if_match:
        raise PreconditionRequired("Read the resource, and send its ETag as If-Match.")
    db.session.refresh(row, with_for_update=True)
    if not request.if_match.contains(etag_of(row)):
        raise PreconditionFailed("Somebody changed it since you read it. Read it again, and decide again.")
    return row
