"""Files nobody should send, and what everybody gets for them: a sentence or a row's reason, never a failure."""

import io
import tracemalloc
import zipfile

import pytest
from sqlalchemy import text

from app.core.access import SYSTEM
from app.core.errors import Invalid
from app.engine.imports import actions, guessing, queries, reading
from app.engine.imports.cells import BadCell
from tests.browser_client import text_of
from tests.factories import make_employee
from tests.importing import bring_in, counts

MEGABYTE = 1024 * 1024
HEADER = b"SKU,Name,Price\r\n"


def rows(content: bytes, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[tuple[int, list[str] | str]]:
    """Every row with its line; the reason where it cannot be read."""
    pieces = (content[at : at + MEGABYTE] for at in range(0, len(content), MEGABYTE))
    return [
        (line, str(cells) if isinstance(cells, BadCell) else cells)
        for line, cells in reading.rows_of(pieces, encoding, delimiter)
    ]


def test_a_quote_that_is_never_closed_costs_one_row():
    found = rows(b'a,b\n1,"oops\n' + b"2,fine\n" * 5000)
    assert found[1] == (2, "A quote is opened and never closed.")
    assert len(found) == 5002
    assert {tuple(cells) for _line, cells in found[2:]} == {("2", "fine")}
    assert found[-1][0] == 5002


def test_an_open_quote_on_the_last_line_is_refused():
    assert rows(b'a,b\n1,2\n3,"4') == [(1, ["a", "b"]), (2, ["1", "2"]), (3, "A quote is opened and never closed.")]


def test_a_cell_may_have_several_lines():
    assert rows(b'a,b\n1,"two\r\nlines"\n3,4\n') == [(1, ["a", "b"]), (2, ["1", "two\nlines"]), (4, ["3", "4"])]


def test_line_ends_may_be_mixed():
    assert rows(b"a,b\r\n1,2\n3,4\r5,6\r\n\r\n7,8") == [
        (1, ["a", "b"]),
        (2, ["1", "2"]),
        (3, ["3", "4"]),
        (4, ["5", "6"]),
        (6, ["7", "8"]),
    ]


def test_a_huge_cell_is_refused_in_little_memory():
    def pieces():
        yield b"a,b\n1,"
        for _ in range(200):
            yield b"x" * MEGABYTE
        yield b"\n2,fine\n"

    tracemalloc.start()
    found = [(line, str(cells)) for line, cells in reading.rows_of(pieces(), "utf-8-sig", ",")]
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [(1, "['a', 'b']"), (2, "The line has over 1,000,000 characters."), (3, "['2', 'fine']")]
    assert peak < 20 * MEGABYTE


def test_a_million_columns_are_refused_in_little_memory():
    tracemalloc.start()
    found = rows(b"a,b\n" + b"," * 10**6 + b"\n" + b"," * 900_000 + b"\n1,2\n")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found[1:] == [
        (2, "The line has over 1,000,000 characters."),
        (3, "The line has over 200 cells."),
        (4, ["1", "2"]),
    ]
    assert peak < 50 * MEGABYTE


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf\r\n  \r\n", "The file is empty."),
        (b"\x00" * 500, "The file is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "This is a picture."),
        (b"\x1f\x8b\x08" + bytes(100), "This file is compressed."),
        (b"%PDF-1.7\n" + bytes(100), "This is a PDF."),
        (bytes(range(256)) * 20, "The file is not text."),
        (b"," * 10**6, "at most 200 of them"),
        (b"x" * 30_000, "A cell has over 20,000 characters."),
        (b'"never closed\n1,2\n', "A quote is opened and never closed."),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(Invalid, match=sentence):
        guessing.guess(content)


def test_a_spreadsheet_under_a_false_name_is_refused_on_the_page(browser):
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    book.seek(0)
    manager = browser(make_employee("manager"))
    answer = manager.post("/imports", {"kind": "products", "file": (book, "prices.csv")})
    assert answer.status_code == 422
    assert "This spreadsheet is damaged." in text_of(answer)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-8"])
def test_every_unicode_is_read(db, encoding):
    made = bring_in("products", "SKU,Name,Price\nA-1,Café crème – Ω,1.50\n".encode(encoding))
    assert made.report["counts"]["created"] == 1
    assert db.scalar(text("SELECT name FROM products")) == "Café crème – Ω"


def test_western_letters_are_guessed_and_can_be_corrected(db):
    lines = "SKU;Name;Price\n" + "".join(
        f"A-{n};Gr\u00fc\u00dfe aus K\u00f6ln, \u00bd Dutzend;1,50\n" for n in range(40)
    )
    made = actions.upload("products", "p.csv", io.BytesIO(lines.encode("cp1252")), actor=SYSTEM)
    assert made.encoding in guessing.ENCODINGS
    assert not made.encoding.startswith("utf")
    actions.set_reading(made, encoding="cp1252", delimiter=made.delimiter, date_order=made.date_order, actor=SYSTEM)
    assert queries.preview(made)[0].becomes[1] == "Grüße aus Köln, ½ Dutzend"
    assert queries.preview(made)[0].becomes[3] == "£1.50"


def test_a_letter_far_down_that_is_no_utf_8_changes_the_guess():
    content = HEADER + b"A,plain,1\n" * 120_000 + "B,Müller’s Käse für Österreich,1\n".encode("cp1252")
    made = guessing.Guesser(content[:MEGABYTE])
    for at in range(0, len(content), MEGABYTE):
        made.see(content[at : at + MEGABYTE])
    assert not made.guess.encoding.startswith("utf")
    assert made.guess.lines == 120_002


def test_nul_bytes_and_marks_that_turn_text_around_are_left_out(db):
    bring_in("products", HEADER + "A\x001,\u202eeldnaC\u202c \u200fsoy,2.50\n".encode() + b"B,Two,3\n" * 30)
    assert db.execute(text("SELECT sku, name FROM products ORDER BY sku")).all() == [("A1", "eldnaC soy"), ("B", "Two")]


def test_headers_that_stand_twice_are_told_by_their_place(browser):
    manager = browser(make_employee("manager"))
    content = io.BytesIO(b"SKU,Name,Name,,Price\nA,First,Second,x,1\n")
    page = manager.follow(manager.post("/imports", {"kind": "products", "file": (content, "p.csv")}))
    columns = manager.get(page.request.path.replace("/reading", "/columns"))
    words = text_of(columns)
    assert "Name (column 2)" in words
    assert "Name (column 3)" in words
    assert "(column 4)" in words


def test_a_header_without_rows_imports_nothing(db, browser, work):
    manager = browser(make_employee("manager"))
    page = manager.follow(manager.post("/imports", {"kind": "products", "file": (io.BytesIO(HEADER), "p.csv")}))
    address = page.request.path.removesuffix("/reading")
    assert "holds no rows" in text_of(manager.get(f"{address}/preview"))
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert "Created 0" in text_of(manager.get(address))


@pytest.mark.slow
def test_over_a_hundred_thousand_rows_come_in(db):
    made = bring_in("products", HEADER + b"".join(b"S-%d,Name,1.00\n" % (n % 10) for n in range(100_001)))
    assert counts(made) == {"created": 10, "unchanged": 99_991}


def test_formulas_are_text_in_and_harmless_out(db, browser, work):
    manager = browser(make_employee("manager"))
    content = io.BytesIO(HEADER + b'=1+1,"=HYPERLINK(""http://evil"")",1\nB,Two,=2\n')
    page = manager.follow(manager.post("/imports", {"kind": "products", "file": (content, "p.csv")}))
    address = page.request.path.removesuffix("/reading")
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert db.scalar(text("SELECT name FROM products")) == '=HYPERLINK("http://evil")'
    lines = manager.get(f"{address}/outcomes.csv").get_data(as_text=True).splitlines()
    assert lines[0] == "line,outcome,reason,id"
    assert lines[1].startswith("2,created,")
    assert lines[2] == "3,rejected,Price “=2” is not an amount.,"


def test_a_file_over_the_limit_is_refused(browser):
    manager = browser(make_employee("manager"))
    content = io.BytesIO(HEADER + b"x" * (67 * MEGABYTE))
    answer = manager.post("/imports", {"kind": "products", "file": (content, "p.csv")})
    assert answer.status_code == 413
    assert "too large" in text_of(answer)
