"""What people send about imports."""

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from app.engine.imports import reading
from app.engine.imports.kinds import KINDS
from app.engine.imports.models import Import


class UploadForm(FlaskForm):
    """A file and what it holds."""

    kind = SelectField("What the file holds")
    file = FileField("CSV file", [FileRequired("Choose a file.")], description="Up to 64 MB.")

    def offer_kinds(self) -> None:
        """Fill the choice of kinds."""
        self.kind.choices = [(kind.key, kind.label) for kind in KINDS.values()]


def read_reading(made: Import) -> dict[str, object]:
    """How the file is to be read, as the page's selects say; what is missing stays as it was."""
    mapping = {}
    for wanted in KINDS[made.kind].fields:
        text = request.form.get(f"column_{wanted.key}", "")
        if text.isascii() and text.isdigit() and len(text) < 6:
            mapping[wanted.key] = int(text)
    delimiter = request.form.get("delimiter", made.delimiter)
    return {
        "encoding": request.form.get("encoding", made.encoding),
        "delimiter": "\t" if delimiter == "tab" else delimiter,
        "date_order": request.form.get("date_order", made.date_order),
        "mapping": mapping,
    }


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the selects offer."""
    names = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Western (Windows)", "cp1250": "Central European"}
    return {
        "encoding": [(name, names.get(name, name)) for name in reading.ENCODINGS],
        "delimiter": [("tab" if sign == "\t" else sign, word) for sign, word in reading.DELIMITERS.items()],
        "date_order": list(reading.DATE_ORDERS.items()),
    }


def allow_large_body(largest: int) -> None:
    """Let this one request carry a file; every other keeps the usual limit."""
    request.max_content_length = largest + 1024 * 1024
