"""Guessing how a file is written, and saying why."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice

from charset_normalizer import from_bytes

from app.core.errors import Invalid
from app.engine.imports import cards, files, reading
from app.engine.imports.cells import BadCell
from app.engine.imports.kinds import Field
from app.engine.imports.models import Import
from app.engine.imports.spreadsheets import Book

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
    b"\xd0\xcf\x11\xe0": "This is an old Excel file, or one with a password. Save it as XLSX or CSV and upload that.",
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


ZIP = b"PK\x03\x04"
SAMPLE_ROWS = 200
NO_VALUES = (
    "Some cells hold formulas whose values were not saved, and are read as empty:"
    " open the file in a spreadsheet program and save it again."
)


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
    is_divided: bool = True

    @property
    def reasons(self) -> list[str]:
        """The sentences for whoever uploaded it, without those on dates."""
        if not self.is_divided:
            return [self.why_encoding]
        return [self.why_encoding, f"Columns are divided by {DELIMITERS[self.delimiter]}."]


class Guesser:
    """Looks at a file while it comes in, piece by piece."""

    def __init__(self, first: bytes):
        """Raises: Invalid for what is empty, is no text, or does not name its columns."""
        self.guess = guess(first[:SAMPLE_BYTES])
        self.format = "csv"
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

    def finish(self, _made: Import) -> Guess:
        """What was found, once all was seen."""
        return self.guess


class CardGuesser(Guesser):
    """Looks at a file of vCards: what divides columns means nothing in it."""

    def __init__(self, first: bytes):
        super().__init__(first)
        self.format = "vcard"
        self.guess.lines = 0

    def see(self, piece: bytes) -> None:
        """Count cards."""
        lines = self.guess.lines
        super().see(piece)
        self.guess.lines = lines + piece.upper().count(cards.BEGIN.encode())

    def finish(self, _made: Import) -> Guess:
        """Nothing is said of delimiters."""
        return replace(self.guess, delimiter=",", is_divided=False)


class SheetGuesser:
    """Looks at a spreadsheet once it is there as a whole."""

    format = "xlsx"

    def see(self, piece: bytes) -> None:
        """Nothing can be told from a piece."""

    def finish(self, made: Import) -> Guess:
        """Name the sheets, choose the first that is not empty, look at its first rows. Raises: Invalid."""
        with files.opened(made.import_id) as file:
            book = Book(file)
            made.sheets = book.sheets
            for sheet in book.sheets:
                sample = [cells for _line, cells in islice(book.rows(sheet), SAMPLE_ROWS)]
                if sample:
                    return self._guess(made, book, sheet, sample)
        raise Invalid("The spreadsheet is empty.")

    def _guess(self, made: Import, book: Book, sheet: str, sample: list[list[str] | BadCell]) -> Guess:
        made.sheet = sheet
        which = (
            f"The sheet “{sheet}” is read."
            if len(book.sheets) == 1
            else f"Of {len(book.sheets)} sheets, “{sheet}” is read."
        )
        why = f"This is a spreadsheet. {which}" + (f" {NO_VALUES}" if book.has_unknown_formulas else "")
        found = Guess("utf-8-sig", why, ",", [], lines=book.last_row(sheet), is_divided=False)
        words = "\n".join("\n".join(cells) for cells in sample if not isinstance(cells, BadCell))
        if told := find_date_order(words):
            found.date_order, found.why_dates = told
        return found


def guesser_of(first: bytes) -> Guesser | SheetGuesser:
    """Who looks at a file that begins so. Raises: Invalid for what is no table."""
    if first.startswith(ZIP):
        return SheetGuesser()
    if cards.is_cards(first[:100].decode("utf-8", "replace")):
        return CardGuesser(first)
    return Guesser(first)


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


def guess_mapping(fields: Sequence[Field], header: Sequence[str]) -> dict[str, int]:
    """Which column holds which field, by the names in the header: what a field is called goes before its aliases."""
    names = [_bare(name) for name in header]
    mapping: dict[str, int] = {}
    called = [(field.key, (field.key, field.label)) for field in fields]
    for key, words in (*called, *((field.key, field.aliases) for field in fields)):
        known = {_bare(name) for name in words}
        position = next((at for at, name in enumerate(names) if name in known and at not in mapping.values()), None)
        if position is not None:
            mapping.setdefault(key, position)
    return mapping


def says(made: Import, key: str, words: Sequence[str]) -> bool:
    """The column of a field has one of these words in its name."""
    name = _bare(made.header[made.mapping[key]]) if key in made.mapping else ""
    return any(word in name for word in words)


def fingerprint(kind: str, header: Sequence[str]) -> str:
    """The same for files of a kind with the same columns, in whatever order."""
    return sha256("\n".join((kind, *sorted(_bare(name) for name in header))).encode()).hexdigest()


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())
