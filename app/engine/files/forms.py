"""Files as people send them."""

from collections.abc import Sequence

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage

from app.core.errors import Invalid
from app.engine.files import store

MOST_AT_ONCE = 20


class UploadForm(FlaskForm):
    """Some files at once. It checks its token itself: only where files are sent is the larger body allowed."""

    file = MultipleFileField("Files")


def read_uploads() -> Sequence[FileStorage]:
    """The files that were sent. Raises: Invalid without any, for too many, and without a valid token."""
    request.max_content_length = store.limit_bytes() + 1024 * 1024
    form = UploadForm()
    if not form.validate_on_submit():
        raise Invalid("This page was open too long. Load it again, then add the files once more.")
    sent = [one for one in form.file.data or () if one.filename]
    if not sent:
        raise Invalid("Choose a file first.")
    if len(sent) > MOST_AT_ONCE:
        raise Invalid(f"Add at most {MOST_AT_ONCE} files at once.")
    return sent
