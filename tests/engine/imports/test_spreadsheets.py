"""Spreadsheets become rows of the words a person would write, and hostile ones a sentence."""

import io
import resource
import struct
import zipfile

import pytest

from app.core.errors import Invalid
from app.engine.imports.cells import BadCell
from app.engine.imports.models import Import
from app.engine.imports.spreadsheets import Book
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_employee
from tests.importing import FILES, address_of, bring_in, counts, reasons, send
from tests.spreadsheets import SHEET, book, sheet_of

PEOPLE = (FILES / "people.xlsx").read_bytes()


def rows_of(content: bytes, sheet: str = "") -> list[tuple[int, list[str] | str]]:
    opened = Book(io.BytesIO(content))
    return [
        (line, str(cells) if isinstance(cells, BadCell) else cells)
        for line, cells in opened.rows(sheet or opened.sheets[0])
    ]


def cells_of(xml: str, **more) -> list[str]:
    return rows_of(book({"One": SHEET.format(rows=f"<row>{xml}</row>")}, **more))[0][1]


def test_a_file_of_a_spreadsheet_program_reads_as_it_looks():
    found = rows_of(PEOPLE, "People")
    assert found[0] == (
        1,
        ["Customer no", "Full name", "Email", "Phone", "Country", "Status", "Member since", "Balance"],
    )
    assert found[1][1][3:] == ["2079460000", "United Kingdom", "customer", "2024-03-01", "12.5"]
    assert found[2][1][0] == "1002"
    assert found[2][1][6:] == ["2024-03-31 14:05:00", "0.3"]
    assert found[4][1][7] == "1000000000000000"


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ('<c s="1"><v>45352</v></c>', "2024-03-01"),
        ('<c s="2"><v>45352.5</v></c>', "2024-03-01 12:00:00"),
        ('<c s="3"><v>3.5</v></c>', "3.5"),
        ('<c s="4"><v>45352.999999</v></c>', "2024-03-02 00:00:00"),
        ('<c s="5"><v>0.75</v></c>', "18:00:00"),
        ("<c><v>4.4794599999999997E+11</v></c>", "447946000000"),
        ("<c><v>1.1000000000000001</v></c>", "1.1"),
        ("<c><v>1.0000000000000001E-5</v></c>", "0.00001"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="str"><f>A1</f><v>=cmd|x</v></c>', "=cmd|x"),
        ('<c t="d"><v>2024-03-01</v></c>', "2024-03-01"),
        ('<c t="inlineStr"><is><r><t>Zo</t></r><r><t>ë</t></r></is></c>', "Zoë"),
        ('<c t="inlineStr"><is><t>two_x000D_\nlines</t></is></c>', "two\r\nlines"),
    ],
)
def test_a_cell_reads_as_a_person_would_write_it(xml, words):
    assert cells_of(xml) == [words]


def test_texts_that_several_cells_share():
    texts = "<sst><si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r><rPh><t>niet</t></rPh></si></sst>"
    assert cells_of('<c t="s"><v>1</v></c><c t="s"><v>0</v></c>', texts=texts) == ["two", "one"]


def test_days_may_be_counted_from_1904():
    assert cells_of('<c s="1"><v>43890</v></c>', properties='<workbookPr date1904="1"/>') == ["2024-03-01"]


def test_gaps_errors_and_empty_rows():
    rows = '<row r="3"><c r="B3"><v>1</v></c><c r="D3" t="e"><v>#N/A</v></c><c r="E3"><v>2</v></c></row><row r="7"/>'
    assert rows_of(book({"One": SHEET.format(rows=rows)})) == [(3, ["", "1", "", "", "2"])]


def test_other_programs_name_their_elements_otherwise():
    xml = '<x:worksheet xmlns:x="urn:x"><x:sheetData><x:row><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    assert rows_of(book({"One": xml})) == [(1, ["5"])]


def test_a_formula_whose_value_was_not_saved_is_told(browser):
    assert "formulas whose values were not saved" in str(upload(browser, PEOPLE).reasons)


def upload(browser, content: bytes) -> Import:
    from app.core.db import db

    address = address_of(send(browser(make_employee("manager")), content, name="people.xlsx"))
    return db.session.get_one(Import, address.rpartition("/")[2])


def test_the_first_sheet_that_holds_something_is_read_and_another_can_be_chosen(browser, work, db):
    manager = browser(make_employee("manager"))
    content = book(
        {
            "Empty": SHEET.format(rows=""),
            "A": sheet_of([["Name"], ["Ada Lovelace"]]),
            "B": sheet_of([["Name"], ["Bo Li"]]),
        }
    )
    address = address_of(send(manager, content, name="people.xlsx"))
    page = text_of(manager.get(f"{address}/reading"))
    assert "Of 3 sheets, “A” is read." in page
    assert "Ada Lovelace" in page
    manager.post(f"{address}/reading", {"sheet": "B"})
    assert "Bo Li" in text_of(manager.get(f"{address}/preview"))
    assert manager.post(f"{address}/reading", {"sheet": "C"}).status_code == 422
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert db.query(Customer).one().name == "Bo Li"


def test_customers_come_in_from_a_spreadsheet(db):
    made = bring_in("customers", PEOPLE)
    assert counts(made) == {"created": 3, "rejected": 1}
    assert reasons(made)[4] == "Email: Enter an address such as name@example.com."
    zoe = db.query(Customer).filter_by(reference="C-1").one()
    assert (zoe.name, zoe.phone, zoe.country) == ("Zoë Müller", "+442079460000", "United Kingdom")


def declared(size: int) -> bytes:
    """A part that says it unpacks to so many bytes."""
    content = bytearray(book({"One": sheet_of([["Name"]])}))
    at = content.rindex(b"PK\1\2", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    struct.pack_into("<L", content, at + 24, size)
    return bytes(content)


def other_zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("../../etc/cron.d/x", "* * * * *")
    return content.getvalue()


def many_entries() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for n in range(20_000):
            archive.writestr(f"x/{n}", "")
    return content.getvalue()


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst><si><t>&a;</t></si></sst>'
HOSTILE = {
    "a part of 4 GB": lambda: declared(4_000_000_000),
    "another squeezing": lambda: book({"One": " " * 50_000_000}, method=zipfile.ZIP_BZIP2),
    "20,000 entries": many_entries,
    "entities in entities": lambda: book({"One": SHEET.format(rows='<row><c t="s"><v>0</v></c></row>')}, texts=LAUGHS),
    "entities outside": lambda: book({"One": SHEET.format(rows='<row><c t="s"><v>0</v></c></row>')}, texts=OUTSIDE),
    "entities in a sheet": lambda: book({"One": '<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'}),
    "a text that is not there": lambda: book(
        {"One": SHEET.format(rows='<row><c t="s"><v>99</v></c></row>')}, texts="<sst/>"
    ),
    "rows that go back": lambda: book({"One": SHEET.format(rows='<row r="5"><c><v>1</v></c></row><row r="2"/>')}),
    "a row far away": lambda: book({"One": SHEET.format(rows='<row r="99999999"><c><v>1</v></c></row>')}),
    "a column far away": lambda: book({"One": SHEET.format(rows='<row><c r="ZZZZZ1"><v>1</v></c></row>')}),
    "no XML": lambda: book({"One": "<worksheet><sheetData><row><c"}),
    "no number": lambda: book({"One": SHEET.format(rows="<row><c><v>1,5</v></c></row>")}),
    "cut off": lambda: PEOPLE[: len(PEOPLE) // 2],
    "no sheets": lambda: book({}),
    "another ZIP": other_zip,
    "empty": lambda: book({"One": SHEET.format(rows="")}),
    "nothing but the beginning": lambda: b"PK\3\4",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_spreadsheet_is_one_sentence(browser, content):
    sent = content()  # what it takes to make it is not what it takes to refuse it
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = send(browser(make_employee("manager")), sent, name="people.xlsx")
    assert answer.status_code in (413, 422)
    assert "spreadsheet" in text_of(answer)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_sixteen_thousand_columns_cost_one_row():
    wide = "<row>" + "<c><v>1</v></c>" * 16_000 + "</row><row><c><v>2</v></c></row>"
    assert rows_of(book({"One": SHEET.format(rows=wide)})) == [(1, "The line has over 200 cells."), (2, ["2"])]


def test_a_cell_of_fifty_megabytes_costs_one_row():
    cell = '<row><c t="inlineStr"><is><t>' + "x" * 50_000_000 + "</t></is></c></row><row><c><v>2</v></c></row>"
    assert rows_of(book({"One": SHEET.format(rows=cell)})) == [(1, "A cell has over 20,000 characters."), (2, ["2"])]


@pytest.mark.slow
def test_a_sheet_that_breaks_off_later_fails_with_a_sentence(db):
    rows = "".join(f'<row><c t="inlineStr"><is><t>N{n}</t></is></c></row>' for n in range(20_000))
    content = book({"One": f'<worksheet><sheetData><row><c t="inlineStr"><is><t>Name</t></is></c></row>{rows}<oops'})
    with pytest.raises(Invalid, match="damaged"):
        bring_in("customers", content)
