"""Guessing how a file is written, and saying why."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from charset_normalizer import from_bytes

from app.core.errors import Invalid
from app.engine.imports import reading
from app.engine.imports.cells import BadCell
from app.engine.imports.kinds import ImportKind

SAMPLE_BYTES = 256 * 1024
TELLING_BYTES = 64 * 1024
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "cp1252": "Western (Windows)",
    "cp1250": "Central European (Windows)",
    "iso8859_15": "Western (ISO 8859-15)",
    "mac_roman": "Western (old Macs)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16, little end first",
    "utf-16-be": "UTF-16, big end first",
}
DATE_ORDERS = {
    "day": "Day first (31/12/2026)",
    "month": "Month first (12/31/2026)",
    "year": "Year first (2026-12-31)",
}
NOT_TEXT = {
    b"PK\x03\x04": "This is a spreadsheet or ZIP file. Save it as CSV and upload that.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel file. Save it as CSV and upload that.",
    b"%PDF": "This is a PDF. Upload a CSV file.",
    b"\x89PNG": "This is a picture. Upload a CSV file.",
    b"\xff\xd8\xff": "This is a picture. Upload a CSV file.",
    b"GIF8": "This is a picture. Upload a CSV file.",
    b"RIFF": "This is a picture or a sound. Upload a CSV file.",
    b"\x1f\x8b": "This file is compressed. Unpack it and upload the CSV file inside.",
}
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
MOST_CONTROL_SHARE = 0.01
QUOTED = re.compile(r'"[^"]*"')
DATE = re.compile(r"(?<![\w/.\-])(\d{1,4})[/.\-](\d{1,2})[/.\-]\d{1,4}(?![\w/.\-])")
UNSURE = "No date in it tells whether the day or the month comes first: the day is assumed."


@dataclass
class Guess:
    """How a file seems to be written, why, and about how many lines it has."""

    encoding: str
    why_encoding: str
    delimiter: str
    header: list[str]
    date_order: str = "day"
    why_dates: str = UNSURE
    lines: int = 0

    @property
    def reasons(self) -> list[str]:
        """The sentences for whoever uploaded it."""
        return [self.why_encoding, f"Columns are divided by {DELIMITERS[self.delimiter]}.", self.why_dates]


class Guesser:
    """Looks at a file while it comes in, piece by piece."""

    def __init__(self, first: bytes):
        """Raises: Invalid for what is empty, is no text, or does not name its columns."""
        self.guess = guess(first[:SAMPLE_BYTES])
        self._decoder = codecs.getincrementaldecoder(self.guess.encoding)("strict")

    def see(self, piece: bytes) -> None:
        """Count lines; notice bytes that contradict the guess, and the first date that tells its order."""
        self.guess.lines += piece.count(b"\n") or piece.count(b"\r")
        if self.guess.encoding == "utf-8-sig":
            try:
                self._decoder.decode(piece)
            except UnicodeDecodeError as error:
                near = piece[max(0, error.start - TELLING_BYTES) : error.start + TELLING_BYTES]
                self.guess.encoding, self.guess.why_encoding = _guess_single_bytes(near)
        if self.guess.why_dates == UNSURE and (told := find_date_order(piece.decode(self.guess.encoding, "replace"))):
            self.guess.date_order, self.guess.why_dates = told


def guess(sample: bytes) -> Guess:
    """Judge the first bytes of a file. Raises: Invalid for what is no text, or has no header."""
    if not sample.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise Invalid("The file is empty.")
    for start, sentence in NOT_TEXT.items():
        if sample.startswith(start):
            raise Invalid(sentence)
    encoding, why = _guess_encoding(sample)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    if len(CONTROL.findall(text)) > MOST_CONTROL_SHARE * len(text):
        raise Invalid("The file is not text. Upload a CSV file.")
    delimiter = _guess_delimiter(text)
    found = Guess(encoding, why, delimiter, header_of(sample, encoding, delimiter))
    if told := find_date_order(text):
        found.date_order, found.why_dates = told
    return found


def header_of(sample: bytes, encoding: str, delimiter: str) -> list[str]:
    """The names of the columns. Raises: Invalid when the first line does not name them."""
    _line, cells = next(reading.rows_of(iter([sample]), encoding, delimiter), (0, BadCell("It is empty.")))
    if isinstance(cells, BadCell):
        raise Invalid(f"The first line must name the columns, at most {reading.MOST_COLUMNS} of them. {cells}")
    return [cell.strip() for cell in cells]


def _guess_encoding(sample: bytes) -> tuple[str, str]:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "The file says itself that it is UTF-16."
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[start::2].count(0) > len(sample) // 5:
            return encoding, "Every other byte is empty, as in UTF-16."
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(sample)
        return "utf-8-sig", "The text reads as UTF-8."
    except UnicodeDecodeError as error:
        return _guess_single_bytes(sample[max(0, error.start - TELLING_BYTES) : error.start + TELLING_BYTES])


def _guess_single_bytes(sample: bytes) -> tuple[str, str]:
    choices = [name for name in ENCODINGS if not name.startswith("utf")]
    found = from_bytes(sample, cp_isolation=choices).best()
    encoding = found.encoding if found and found.encoding in choices else "cp1252"
    return encoding, f"The text is not UTF-8 and looks {ENCODINGS[encoding]}: check letters with accents below."


def _guess_delimiter(text: str) -> str:
    first = QUOTED.sub("", next((line for line in text.splitlines() if line.strip()), ""))
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


def guess_mapping(kind: ImportKind, header: Sequence[str]) -> dict[str, int]:
    """Which column holds which field, by the names in the header."""
    names = [_bare(name) for name in header]
    mapping: dict[str, int] = {}
    for field in kind.fields:
        known = {_bare(name) for name in (field.key, field.label, *field.aliases)}
        position = next((at for at, name in enumerate(names) if name in known and at not in mapping.values()), None)
        if position is not None:
            mapping[field.key] = position
    return mapping


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())
