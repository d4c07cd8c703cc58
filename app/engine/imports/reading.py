"""Reading files of rows: guessing how they are written, and never trusting them."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from charset_normalizer import from_bytes

from app.core.errors import Invalid
from app.engine.imports.kinds import BadCell, Field, ImportKind

LONGEST_CELL = 20_000
MOST_COLUMNS = 200
SAMPLE_BYTES = 256 * 1024
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252", "cp1250", "iso8859_15", "mac_roman")
DATE_ORDERS = {
    "day": "day first (31/12/2026)",
    "month": "month first (12/31/2026)",
    "year": "year first (2026-12-31)",
}
NOT_TEXT = {
    b"PK\x03\x04": "This is a spreadsheet or ZIP file. Save it as CSV and upload that.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel file. Save it as CSV and upload that.",
    b"%PDF": "This is a PDF. Upload a CSV file.",
    b"\x89PNG": "This is a picture. Upload a CSV file.",
    b"\xff\xd8\xff": "This is a picture. Upload a CSV file.",
    b"GIF8": "This is a picture. Upload a CSV file.",
    b"\x1f\x8b": "This file is compressed. Unpack it and upload the CSV file inside.",
}
DATE = re.compile(r"(?<![\w/.\-])(\d{1,4})[/.\-](\d{1,2})[/.\-]\d{1,4}(?![\w/.\-])")
UNSURE = "No date tells whether day or month comes first: day is assumed."

csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True)
class Guess:
    """How a file seems to be written, and why."""

    encoding: str
    delimiter: str
    date_order: str
    header: list[str]
    reasons: list[str] = field(default_factory=list)

    @property
    def is_unsure_of_dates(self) -> bool:
        """The sample holds no date that tells."""
        return UNSURE in self.reasons


def guess(sample: bytes) -> Guess:
    """Judge the first bytes of a file. Raises: Invalid for what is no text, or has no header."""
    if not sample.strip():
        raise Invalid("The file is empty.")
    for start, sentence in NOT_TEXT.items():
        if sample.startswith(start):
            raise Invalid(sentence)
    encoding, reason = _guess_encoding(sample)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    if "\x00" in text:
        raise Invalid("The file is not text. Upload a CSV file.")
    delimiter = _guess_delimiter(text)
    lines = _parsed(io.StringIO(text, newline=""), delimiter, stop_on_error=True)
    rows = [cells for _line, cells in lines if isinstance(cells, list)]
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise Invalid("The first line must name the columns.")
    header = [cell.strip() for cell in rows[0]]
    order, why = find_date_order(text) or ("day", UNSURE)
    return Guess(encoding, delimiter, order, header, [reason, f"Columns are divided by {DELIMITERS[delimiter]}.", why])


def _guess_encoding(sample: bytes) -> tuple[str, str]:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "The file says itself that it is UTF-16."
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(sample)
        return "utf-8-sig", "The text reads as UTF-8."
    except UnicodeDecodeError:
        found = from_bytes(sample[:65536], cp_isolation=[name for name in ENCODINGS if name != "utf-8-sig"]).best()
        encoding = found.encoding if found else "cp1252"
        encoding = encoding if encoding in ENCODINGS else "cp1252"
        return encoding, f"The text is not UTF-8 and looks like {encoding}: check letters with accents below."


def _guess_delimiter(text: str) -> str:
    first = text.splitlines()[0] if text.splitlines() else ""
    return max(DELIMITERS, key=lambda delimiter: (first.count(delimiter), delimiter == ","))


def find_date_order(text: str) -> tuple[str, str] | None:
    """Which part of the dates comes first, once one of them tells; None while none does."""
    for found in DATE.finditer(text):
        first, second = int(found[1]), int(found[2])
        if first > 31:
            return "year", f"Dates have the year first (such as {found[0]})."
        if first > 12:
            return "day", f"Dates have the day first (such as {found[0]})."
        if second > 12:
            return "month", f"Dates have the month first (such as {found[0]})."
    return None


class _Chunks(io.RawIOBase):
    """Bytes that come in pieces, as a file."""

    def __init__(self, chunks: Iterator[bytes]):
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._chunks, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def rows_of(chunks: Iterator[bytes], encoding: str, delimiter: str) -> Iterator[tuple[int, list[str] | BadCell]]:
    """Every line after the header, as (line number, cells), or the reason why it cannot be read.

    Reads in pieces: memory does not grow with the file.
    """
    source = io.BufferedReader(_Chunks(chunks))  # type: ignore[type-var]
    text = io.TextIOWrapper(source, encoding=encoding, errors="replace", newline="")
    lines = _parsed(text, delimiter)
    next(lines, None)
    yield from lines


def _parsed(
    text: io.TextIOBase, delimiter: str, stop_on_error: bool = False
) -> Iterator[tuple[int, list[str] | BadCell]]:  # type: ignore[misc]
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if stop_on_error:
                return
            yield (
                number,
                BadCell(
                    f"A quote is not closed or stands amid a cell, or a cell has over {LONGEST_CELL:,} characters."
                ),
            )
            continue
        if len(cells) > MOST_COLUMNS:
            if stop_on_error and number == 1:
                raise Invalid(f"The file has over {MOST_COLUMNS} columns. Leave out those that are not needed.")
            yield number, BadCell(f"The line has over {MOST_COLUMNS} cells.")
            continue
        yield number, cells


def guess_mapping(kind: ImportKind, header: list[str]) -> dict[str, int]:
    """Which column holds which field, by the names in the header."""
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in header]
    mapping: dict[str, int] = {}
    for wanted in kind.fields:
        names = [re.sub(r"[^a-z0-9]", "", alias.lower()) for alias in (wanted.key, wanted.label, *wanted.aliases)]
        for position, name in enumerate(plain):
            if name in names and position not in mapping.values():
                mapping[wanted.key] = position
                break
    return mapping


def pick(cells: list[str], mapping: dict[str, int], fields: Iterable[Field]) -> dict[str, str]:
    """A row's cells by field. Raises: BadCell when a required one is empty or not there."""
    picked = {}
    for wanted in fields:
        position = mapping.get(wanted.key)
        text = cells[position].strip() if position is not None and position < len(cells) else ""
        if wanted.is_required and not text:
            raise BadCell(f"{wanted.label} is missing.")
        if "\x00" in text:
            raise BadCell(f"{wanted.label} holds a character that cannot be stored.")
        picked[wanted.key] = text
    return picked
