"""Reading rows out of a spreadsheet (XLSX): a ZIP file of XML parts, whoever wrote it.

Rows come one by one and nothing of the sheet is kept, so memory does not grow with it. Every bound
is checked before anything is unpacked or remembered: a file that breaks one is refused whole.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import IO, Any
from xml.parsers import expat

from app.core.errors import Invalid
from app.engine.imports.cells import BadCell
from app.engine.imports.reading import LONGEST_CELL, MOST_COLUMNS, Row

LARGEST_DIRECTORY = 512 * 1024
LARGEST_PART = 512 * 1024 * 1024
LARGEST_SMALL_PART = 8 * 1024 * 1024
MOST_TEXTS = 1_000_000
MOST_LETTERS = 40_000_000
LAST_ROW = 1_048_576
MOST_SHEETS = 100
PIECE = 64 * 1024

BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
NOT_OF_A_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
OF_A_DATE = re.compile(r"[dmyhs]", re.IGNORECASE)
LAST_DIGITS = re.compile(r"[0-9]{1,7}$")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
BROKEN = "This spreadsheet is damaged. Open it in a spreadsheet program, save it again, and upload that."
TOO_LARGE = "This spreadsheet unpacks to more than can be read. Divide it into several."
NO_SPREADSHEET = "This is a ZIP file and no XLSX spreadsheet. Save the table as XLSX or CSV and upload that."

Attributes = dict[str, str]


class Book:
    """A spreadsheet that is open. `sheets` are the names of its sheets, in their order."""

    def __init__(self, file: IO[bytes]):
        """Raises: Invalid for what is no spreadsheet, or larger than can be read."""
        self._zip = _open_zip(file)
        self._targets, self.is_from_1904 = self._read_workbook()
        self.sheets = list(self._targets)
        self._texts = _Texts(self._parts_of("sharedStrings.xml", LARGEST_PART))
        self._dates = self._read_date_styles()
        self.has_unknown_formulas = False
        self._last_rows: dict[str, int] = {}

    def last_row(self, sheet: str) -> int:
        """The last row of a sheet that was begun to be read, as it says itself; 0 when it does not say."""
        return self._last_rows.get(sheet, 0)

    def rows(self, sheet: str) -> Iterator[Row]:
        """Every row that holds something, as (its number, cells); a row that cannot be taken with the reason.

        Raises: Invalid for a sheet that is damaged.
        """
        reader = _Sheet(self._texts, self._dates, datetime(1904, 1, 1) if self.is_from_1904 else datetime(1899, 12, 30))
        for _piece in _parse(self._part(self._targets[sheet], LARGEST_PART), reader.begin, reader.end, reader.say):
            self.has_unknown_formulas |= reader.has_unknown_formulas
            self._last_rows[sheet] = reader.last_row
            yield from reader.take()

    def _read_workbook(self) -> tuple[dict[str, str], bool]:
        """The part of each sheet, and whether its days are counted from 1904."""
        folder = "xl/"
        if folder + "workbook.xml" not in self._zip.namelist():
            raise Invalid(NO_SPREADSHEET)
        links = {
            one["Id"]: one["Target"]
            for name, one in self._elements("xl/_rels/workbook.xml.rels")
            if name == "Relationship" and one.get("Type", "").endswith("/worksheet")
        }
        found: dict[str, str] = {}
        is_from_1904 = False
        for name, one in self._elements("xl/workbook.xml"):
            link = next((value for key, value in one.items() if key.endswith(":id")), "")
            if name == "sheet" and link in links and len(found) < MOST_SHEETS:
                target = links[link]
                found[one.get("name", "")[:100]] = target.lstrip("/") if target.startswith("/") else folder + target
            elif name == "workbookPr":
                is_from_1904 = one.get("date1904") in ("1", "true")
        if not found:
            raise Invalid(BROKEN)
        return found, is_from_1904

    def _read_date_styles(self) -> frozenset[str]:
        """The numbers of the cell styles that show a number as a date or time."""
        if "xl/styles.xml" not in self._zip.namelist():
            return frozenset()
        formats, styles, is_within = set(BUILT_IN_DATES), [], False
        for name, one in self._elements("xl/styles.xml"):
            if name == "numFmt" and OF_A_DATE.search(NOT_OF_A_DATE.sub("", one.get("formatCode", ""))):
                formats.add(_whole(one.get("numFmtId", "")))
            elif name in ("cellXfs", "cellStyles", "dxfs"):
                is_within = name == "cellXfs"
            elif name == "xf" and is_within:
                styles.append(_whole(one.get("numFmtId", "0")))
        return frozenset(str(at) for at, number in enumerate(styles) if number in formats)

    def _elements(self, part: str) -> list[tuple[str, Attributes]]:
        """All elements of a small part."""
        found: list[tuple[str, Attributes]] = []
        for _piece in _parse(
            self._part(part, LARGEST_SMALL_PART), lambda name, attributes: found.append((_local(name), attributes))
        ):
            pass
        return found

    def _parts_of(self, name: str, largest: int) -> IO[bytes] | None:
        path = f"xl/{name}"
        return self._part(path, largest) if path in self._zip.namelist() else None

    def _part(self, path: str, largest: int) -> IO[bytes]:
        try:
            info = self._zip.getinfo(path)
        except KeyError:
            raise Invalid(BROKEN) from None
        if info.file_size > largest:
            raise Invalid(TOO_LARGE)
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Invalid(BROKEN)
        return self._zip.open(info)


class _Texts:
    """The texts that cells refer to by number, read only as far as they are asked for."""

    def __init__(self, part: IO[bytes] | None):
        self._known: list[str] = []
        self._letters, self._words, self._is_wanted, self._is_reading = 0, [""], False, 0
        self._pieces = _parse(part, self._begin, self._end, self._say) if part else iter(())

    def __getitem__(self, at: int) -> str:
        while at >= len(self._known):
            if next(self._pieces, None) is None:
                raise Invalid(BROKEN)
        return self._known[at]

    def _begin(self, name: str, _attributes: Attributes) -> None:
        name = _local(name)
        if name == "si":
            self._words = []
        elif name == "rPh":  # how it is pronounced
            self._is_reading += 1
        elif name == "t":
            self._is_wanted = not self._is_reading

    def _say(self, words: str) -> None:
        if self._is_wanted:
            self._words.append(words)

    def _end(self, name: str) -> None:
        name = _local(name)
        if name == "t":
            self._is_wanted = False
        elif name == "rPh":
            self._is_reading -= 1
        elif name == "si":
            words = _unescaped("".join(self._words))[: LONGEST_CELL + 1]
            self._letters += len(words)
            self._known.append(words)
            if len(self._known) > MOST_TEXTS or self._letters > MOST_LETTERS:
                raise Invalid(TOO_LARGE)


class _Sheet:
    """What the parser of a sheet says, gathered into rows."""

    def __init__(self, texts: _Texts, dates: frozenset[str], first_day: datetime):
        self._texts, self._dates, self._first_day = texts, dates, first_day
        self._rows: list[Row] = []
        self.last_row = 0
        self._line, self._column, self._cells, self._problem = 0, 0, [""], ""
        self._type, self._style, self._words, self._length = "", "", [""], 0
        self._is_said = self._is_formula = self.has_unknown_formulas = False

    def take(self) -> list[Row]:
        """The rows that are complete."""
        rows, self._rows = self._rows, []
        return rows

    def begin(self, name: str, attributes: Attributes) -> None:
        """An element opens."""
        name = _local(name)
        if name == "c":
            place = attributes.get("r")
            self._column = _column(place) if place else self._column + 1
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._words, self._length, self._is_formula = [], 0, False
        elif name in ("v", "t"):
            self._is_said = True
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            self._begin_row(attributes.get("r"))
        elif name == "dimension" and (last := LAST_DIGITS.search(attributes.get("ref", ""))):
            self.last_row = int(last[0])

    def _begin_row(self, number: str | None) -> None:
        line = _whole(number) if number else self._line + 1
        if not self._line < line <= LAST_ROW:
            raise Invalid(BROKEN)
        self._line, self._column, self._cells, self._problem = line, -1, [], ""

    def say(self, words: str) -> None:
        """Text within an element."""
        if self._is_said and self._length <= LONGEST_CELL:
            self._words.append(words)
            self._length += len(words)

    def end(self, name: str) -> None:
        """An element closes."""
        name = _local(name)
        if name in ("v", "t"):
            self._is_said = False
        elif name == "c":
            if self._words:
                self._put(self._text())
            elif self._is_formula:
                self.has_unknown_formulas = True
        elif name == "row":
            if self._problem:
                self._rows.append((self._line, BadCell(self._problem)))
            elif any(self._cells):
                self._rows.append((self._line, self._cells))

    def _put(self, words: str) -> None:
        if not words:
            return
        if self._column >= MOST_COLUMNS:
            self._problem = f"The line has over {MOST_COLUMNS} cells."
        elif len(words) > LONGEST_CELL:
            self._problem = f"A cell has over {LONGEST_CELL:,} characters."
        else:
            gap = self._column - len(self._cells)
            if gap < 0:
                raise Invalid(BROKEN)
            self._cells.extend([""] * gap)
            self._cells.append(words)

    def _text(self) -> str:
        """The cell as a person would write it."""
        words = "".join(self._words)
        if self._type == "s":
            return self._texts[_whole(words)]
        if self._type == "n":
            return self._number(words)
        if self._type == "b":
            return "TRUE" if words == "1" else "FALSE"
        if self._type == "e":  # a formula that came to nothing, such as #N/A
            return ""
        return _unescaped(words)

    def _number(self, words: str) -> str:
        try:
            number = float(words)
        except ValueError:
            raise Invalid(BROKEN) from None
        if self._style in self._dates:
            return self._moment(number)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else _plain(number)

    def _moment(self, days: float) -> str:
        """A date, a time, or both, the year first."""
        if not 0 <= days < 2_958_466:
            return _plain(days)
        if days < 60 and self._first_day.year == 1899:  # a leap day that 1900 never had
            days += 1 if days >= 1 else 0
        moment = self._first_day + timedelta(seconds=round(days * 86_400))
        if days < 1:
            return moment.strftime("%H:%M:%S")
        return moment.strftime("%Y-%m-%d" if days == int(days) else "%Y-%m-%d %H:%M:%S")


def _open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """The ZIP file, after a look at how long its table of contents says to be: that is read as a whole."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 22 - 65_535 - 20))
    tail = file.read()
    at = len(tail) - 22 if tail[-22:-18] == b"PK\5\6" and tail[-2:] == b"\0\0" else tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < 22 or b"PK\6\7" in tail[max(0, at - 20) : at]:
        raise Invalid(BROKEN)
    (directory,) = struct.unpack_from("<L", tail, at + 12)
    if directory > LARGEST_DIRECTORY:
        raise Invalid(TOO_LARGE)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise Invalid(BROKEN) from None


def _parse(
    part: IO[bytes],
    begin: Callable[[str, Attributes], Any],
    end: Callable[[str], Any] | None = None,
    say: Callable[[str], Any] | None = None,
) -> Iterator[int]:
    """Read a part of XML, a piece at each step. Raises: Invalid for what is no XML, or declares entities."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, say
    parser.StartDoctypeDeclHandler = _refuse
    try:
        with part:
            while piece := part.read(PIECE):
                parser.Parse(piece, False)
                yield len(piece)
            parser.Parse(b"", True)
            yield 0
    except (expat.ExpatError, zipfile.BadZipFile, EOFError, ValueError, zlib.error):
        raise Invalid(BROKEN) from None


def _refuse(*_declared: object) -> None:
    raise Invalid(BROKEN)


def _local(name: str) -> str:
    """The name without the prefix of its name space."""
    return name[name.find(":") + 1 :]


def _column(place: str) -> int:
    """The position of a cell in its row: 0 for A7, 27 for AB7."""
    number = 0
    for letter in place:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
        if number > 16_384:
            raise Invalid(BROKEN)
    return number - 1


def _whole(text: str) -> int:
    """Raises: Invalid."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid(BROKEN)
    return int(text)


def _plain(number: float) -> str:
    """The number with the fifteen digits that a spreadsheet keeps, never as a power of ten."""
    short = f"{number:.15g}"
    if "e" not in short:
        return short
    return f"{number:.0f}" if abs(number) > 1 else f"{number:.15f}".rstrip("0").rstrip(".")


def _unescaped(words: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), words) if "_x" in words else words
