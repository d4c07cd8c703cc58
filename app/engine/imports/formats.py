"""The formats files come in: each becomes rows of cells, the names of the columns first."""

from collections.abc import Iterator

from app.core.errors import Invalid
from app.engine.imports import cards, contacts, files, reading
from app.engine.imports.cells import BadCell
from app.engine.imports.models import Import
from app.engine.imports.reading import Row
from app.engine.imports.spreadsheets import Book

FORMATS = {"csv": "CSV file", "xlsx": "Spreadsheet", "vcard": "vCards"}


def rows_of(made: Import) -> Iterator[Row]:
    """Every row of a file that is kept, as (line, cells) or the reason why it cannot be read, the header first.

    Raises: Invalid for a spreadsheet that is damaged.
    """
    rows = READERS[made.format](made)
    return contacts.as_contacts(rows, made.address_book) if made.address_book else rows


def header_of(made: Import) -> list[str]:
    """The names of the columns. Raises: Invalid when the first line does not name them."""
    _line, cells = next(rows_of(made), (0, BadCell("It is empty.")))
    if isinstance(cells, BadCell):
        raise Invalid(f"The first line must name the columns, at most {reading.MOST_COLUMNS} of them. {cells}")
    return [cell.strip() for cell in cells]


def _rows_of_text(made: Import) -> Iterator[Row]:
    return reading.rows_of(files.chunks_of(made.import_id), made.encoding, made.delimiter)


def _rows_of_sheet(made: Import) -> Iterator[Row]:
    with files.opened(made.import_id) as file:
        yield from Book(file).rows(made.sheet)


def _rows_of_cards(made: Import) -> Iterator[Row]:
    return cards.rows_of(reading.text_of(files.chunks_of(made.import_id), made.encoding))


READERS = {"csv": _rows_of_text, "xlsx": _rows_of_sheet, "vcard": _rows_of_cards}
