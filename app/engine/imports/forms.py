"""What people send about imports."""

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from app.core.access import actor
from app.engine.imports import guessing
from app.engine.imports.actions import kind_of
from app.engine.imports.kinds import KINDS
from app.engine.imports.models import Import

Choices = list[tuple[str, str]]

TAB = "tab"


class UploadForm(FlaskForm):
    """A file and what it holds."""

    kind = SelectField("What the file holds")
    file = FileField(
        "File",
        [FileRequired("Choose a file.")],
        description="A spreadsheet (XLSX), a CSV file, vCards, an export of Google Contacts or Outlook. Up to 64 MB.",
    )

    def offer_kinds(self) -> None:
        """Fill the choice of kinds."""
        self.kind.choices = [(kind.key, kind.label) for kind in KINDS.values()]


def read_reading(made: Import) -> dict[str, str]:
    """How the file is to be read, as the page's selects say; what is missing stays as it was."""
    delimiter = request.form.get("delimiter", made.delimiter)
    return {
        "encoding": request.form.get("encoding", made.encoding),
        "delimiter": "\t" if delimiter == TAB else delimiter,
        "date_order": request.form.get("date_order", made.date_order),
        "sheet": request.form.get("sheet", made.sheet),
        "address_book": request.form.get("address_book", made.address_book),
    }


def read_mapping(made: Import) -> dict[str, int]:
    """The column of each field that is offered, as the page's selects say."""
    offered = kind_of(made.kind).fields_for(actor())
    chosen = {field.key: request.form.get(f"column_{field.key}", "") for field in offered}
    return {key: int(text) for key, text in chosen.items() if text.isascii() and text.isdigit() and len(text) < 6}


def read_cells(made: Import) -> dict[str, str]:
    """What was typed into the cells of a row, by field."""
    return {key: request.form[f"cell_{key}"] for key in made.mapping if f"cell_{key}" in request.form}


def read_lines() -> list[int]:
    """The rows somebody named by their lines; none for all."""
    return [int(text) for text in request.form.getlist("line") if text.isascii() and text.isdigit() and len(text) < 10]


def read_choices(made: Import) -> dict[str, str]:
    """By what somebody known is found again, and what is done then."""
    return {"match": request.form.get("match", made.match), "mode": request.form.get("mode", made.mode)}


def encodings() -> Choices:
    """What the select of encodings offers."""
    return list(guessing.ENCODINGS.items())


def delimiters() -> Choices:
    """What the select of delimiters offers; a tab does not survive in a form."""
    return [(TAB if sign == "\t" else sign, word.capitalize()) for sign, word in guessing.DELIMITERS.items()]


def date_orders() -> Choices:
    """What the select of date orders offers."""
    return list(guessing.DATE_ORDERS.items())


def columns(made: Import) -> Choices:
    """What the selects of columns offer; a name that stands twice, or not at all, is told by its place."""
    return [
        (str(at), name if name and made.header.count(name) == 1 else f"{name} (column {at + 1})".strip())
        for at, name in enumerate(made.header)
    ]


def allow_large_body(largest: int) -> None:
    """Let this one request carry a file; every other keeps the usual limit."""
    request.max_content_length = largest + 1024 * 1024
