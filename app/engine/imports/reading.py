"""Reading rows out of any bytes, in bounded memory, and never losing a line.

A line that cannot be read is given back with its reason, and reading goes on with the very
next line: a quote that is never closed costs one row, not the rest of the file.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.engine.imports.cells import BadCell, plain
from app.engine.imports.kinds import Field

LONGEST_CELL = 20_000
LONGEST_LINE = 1_000_000
MOST_COLUMNS = 200

Row = tuple[int, list[str] | BadCell]

csv.field_size_limit(LONGEST_CELL)


class _Chunks(io.RawIOBase):
    """Bytes that come in pieces, as a file."""

    def __init__(self, chunks: Iterator[bytes]):
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._chunks, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class _Lines:
    """The file's lines, each cut at a bound; those of the present row can be read again."""

    def __init__(self, text: io.TextIOBase):
        self._text = text
        self._again: deque[tuple[str, bool]] = deque()
        self._taken: list[tuple[str, bool]] = []
        self.first, self.is_cut_off = 1, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line, is_whole = self._again.popleft() if self._again else self._read()
        if not line:
            self.is_cut_off = bool(self._taken)
            raise StopIteration
        self._taken.append((line, is_whole))
        return line

    def _read(self) -> tuple[str, bool]:
        line = rest = self._text.readline(LONGEST_LINE)
        while len(rest) == LONGEST_LINE and not rest.endswith("\n"):
            rest = self._text.readline(LONGEST_LINE)
        return line, rest is line

    def begin_row(self) -> None:
        """What was taken so far is done with."""
        self.first += len(self._taken)
        self._taken.clear()
        self.is_cut_off = False

    def problem(self) -> str:
        """Why the present row cannot be read; every line of it but the first will be read again."""
        if not self._taken[0][1]:
            return f"The line has over {LONGEST_LINE:,} characters."
        if len(self._taken) == 1 and not self.is_cut_off:
            return f"A cell has over {LONGEST_CELL:,} characters."
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        return "A quote is opened and never closed."

    @property
    def has_long_line(self) -> bool:
        """A line of the present row was cut at the bound."""
        return not all(is_whole for _line, is_whole in self._taken)


def text_of(chunks: Iterator[bytes], encoding: str) -> io.TextIOWrapper:
    """Bytes that come in pieces, as text; what cannot be read becomes a sign that says so."""
    return io.TextIOWrapper(io.BufferedReader(_Chunks(chunks)), encoding=encoding, errors="replace")  # type: ignore[type-var]


def rows_of(chunks: Iterator[bytes], encoding: str, delimiter: str) -> Iterator[Row]:
    """Every row as (line it starts on, cells), or with the reason why it cannot be read; the header is the first.

    Empty lines are passed over. Memory does not grow with the file, whatever is in it.
    """
    lines = _Lines(text_of(chunks, encoding))
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield lines.first, BadCell(lines.problem())
            continue
        if lines.is_cut_off or lines.has_long_line:
            yield lines.first, BadCell(lines.problem())
        elif len(cells) > MOST_COLUMNS:
            yield lines.first, BadCell(f"The line has over {MOST_COLUMNS} cells.")
        elif any(cells):
            yield lines.first, cells


def picker(mapping: Mapping[str, int], fields: Sequence[Field]) -> Callable[[list[str]], dict[str, str]]:
    """A function that picks a row's cells by field; it raises BadCell when a required one is empty or not there."""
    wanted = [(field.key, field.label, mapping.get(field.key), field.is_required) for field in fields]

    def pick(cells: list[str]) -> dict[str, str]:
        picked, count = {}, len(cells)
        for key, label, position, is_required in wanted:
            text = plain(cells[position].strip()) if position is not None and position < count else ""
            if is_required and not text:
                raise BadCell(f"{label} is missing.", key)
            picked[key] = text
        return picked

    return pick
