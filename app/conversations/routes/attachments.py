"""Files in conversations.

GET /attachments/<id>           download
GET /attachments/<id>/preview   the small picture of one
"""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, request

from app.conversations.actions.attaching import Upload
from app.conversations.queries import attachments
from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.files import actions as files
from app.engine.files import serving, store
from app.engine.files.forms import MOST_AT_ONCE

bp = Blueprint("attachments", __name__)


@bp.get("/attachments/<uuid:file_id>")
@access.signed_in
def download(file_id: UUID) -> Response:
    file = attachments.get_attachment(actor(), file_id)
    answer = serving.send(file)
    files.note_download(file, actor=actor())
    return answer


@bp.get("/attachments/<uuid:file_id>/preview")
@access.signed_in
def preview(file_id: UUID) -> Response:
    return serving.send_preview(attachments.get_attachment(actor(), file_id))


def read_uploads() -> Sequence[Upload]:
    """The files sent along with a message, if any; the first to look at its form, for that allows the larger body.

    Raises: Invalid for too many; CSRFError without a valid token.
    """
    request.max_content_length = store.limit_bytes() + 1024 * 1024
    web.check_token()
    sent = [Upload(one.filename, one.stream) for one in request.files.getlist("file") if one.filename]
    if len(sent) > MOST_AT_ONCE:
        raise Invalid(f"Add at most {MOST_AT_ONCE} files at once.")
    return sent
