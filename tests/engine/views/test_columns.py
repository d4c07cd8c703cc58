"""A list shows the columns its address names, in their order, its rows grouped; pages and budgets stay right."""

import html
import re
from urllib.parse import quote

import pytest
from sqlalchemy import text

from app.accounts import sign_ins
from app.core.clock import now
from app.core.db import db as database
from app.engine.views.columns import LISTS as LISTINGS
from app.sales import actions as sales
from app.sales.actions import SaleLine
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, make_product
from tests.statements import counted

PATHS = ("/customers", "/products", "/transactions", "/staff")
BUDGET = 8


@pytest.fixture
def marta(browser, db):
    return browser(make_employee("manager"))


def heads(answer) -> list[str]:
    """What stands above the columns."""
    cells = re.findall(r'<th scope="col"(?! class="pick")[^>]*>(.*?)</th>', answer.get_data(as_text=True), re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def groups(answer) -> list[str]:
    """The headings of the groups, with their counts."""
    cells = re.findall(r'<th scope="rowgroup"[^>]*>(.*?)</th>', answer.get_data(as_text=True), re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in cells]


def sell(customer, *, pieces: int = 1) -> None:
    seller = sign_ins.actor_for(make_employee("manager").person_id)
    sales.record_sale(customer, [SaleLine(make_product().product_id, pieces)], actor=seller)
    database.session.commit()


def test_columns_are_chosen_and_ordered_in_the_address(marta):
    make_customer(last_name="Nansen", country="Norway", reference="N-1", source="Fair")
    usual = ["Customer", "Phone", "Stage", "Looked after by", "Since", "Value"]
    assert heads(marta.get("/customers"))[:-1] == usual
    chosen = marta.get("/customers?columns=reference,country,shoe_size,name,country,source")
    assert heads(chosen)[:-1] == ["Customer", "Reference", "Country", "Came by"]
    assert "N-1" in text_of(chosen)
    assert "Norway" in text_of(chosen)
    assert heads(marta.get("/customers?columns=shoe_size"))[:-1] == usual
    assert heads(marta.get("/customers?columns=name"))[:-1] == ["Customer"]


def test_what_other_tables_know_of_a_row(marta, db):
    nansen = make_customer(last_name="Nansen", owner_id=make_employee(first_name="Erin").person_id)
    make_customer(last_name="Quiet")
    sell(nansen, pieces=2)
    sell(nansen)
    make_channel(nansen)
    page = marta.get("/customers?columns=owner,value,purchases,bought,talks,talked")
    row = re.search(r"<tr data-row>.*?Nansen.*?</tr>", page.get_data(as_text=True), re.DOTALL)[0]
    assert "Erin" in row
    assert "£30.00" in row
    cells = [
        re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r'<td(?! class="pick").*?</td>', row, re.DOTALL)
    ]
    assert cells[3] == "2"
    assert cells[5] == "1"


def test_a_column_needs_its_right(marta, db):
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'transactions.read', NULL)"))
    db.commit()
    sell(make_customer(last_name="Nansen"))
    page = marta.get("/customers?columns=value,country")
    assert heads(page)[:-1] == ["Customer", "Country"]
    assert "£10.00" not in text_of(page)
    assert "Value" not in text_of(marta.get("/views/columns?list=/customers"))


def test_rows_stand_under_headings_with_counts(marta, db):
    erin = make_employee(first_name="Erin", last_name="Moe")
    for number in range(30):
        make_customer(
            last_name=f"Row{number:02}",
            stage=("lead", "customer", "customer")[number % 3],
            country="Norway" if number < 20 else "",
            owner_id=erin.person_id if number < 5 else None,
        )
    assert groups(marta.get("/customers?group=stage")) == ["Customer 20", "Lead 10"]
    assert groups(marta.get("/customers?group=country&sort=-created")) == ["Norway 20", "No country 10"]
    assert groups(marta.get("/customers?group=owner")) == ["Erin Moe 5", "Looked after by nobody 25"]
    assert groups(marta.get("/customers?group=owner&columns=name&q=Row0")) == ["Erin Moe", "Looked after by nobody"]
    assert groups(marta.get("/customers?group=phone")) == []


@pytest.mark.parametrize("group", ["stage", "country", "owner"])
def test_every_row_is_met_once_through_the_pages(marta, db, group):
    owners = [make_employee().person_id for _number in range(3)]
    for number in range(60):
        make_customer(
            first_name="", last_name=f"Row{number:02}", owner_id=[*owners, None][number % 4], country=f"C{number % 4}"
        )
    seen, address = [], f"/customers?group={group}"
    while address:
        page = marta.get(address).get_data(as_text=True)
        seen += re.findall(r'class="person-name"[^>]*>(Row\d+)<', page)
        following = re.search(r'href="([^"]*)"[^>]*rel="next"', page)
        address = html.unescape(following[1]) if following else ""
    assert len(seen) == 60
    assert len(set(seen)) == 60


def test_sales_by_day_and_kind(marta, db):
    for _number in range(3):
        sell(make_customer())
    db.execute(text("SET LOCAL session_replication_role = replica"))
    db.execute(text("UPDATE receipts SET at = at - interval '40 days' WHERE number = 1"))
    db.commit()
    by_day = groups(marta.get("/transactions?group=day"))
    assert [one.rsplit(" ", 1)[1] for one in by_day] == ["2", "1"]
    assert groups(marta.get("/transactions?group=kind")) == ["Sale 3"]
    sorted_otherwise = marta.get("/transactions?group=day&sort=total")
    assert groups(sorted_otherwise) == by_day
    assert "sort=total" not in re.findall(r"<thead>.*</thead>", sorted_otherwise.get_data(as_text=True), re.DOTALL)[0]


def test_products_and_staff_by_their_groups(marta, db):
    make_product()
    make_product(type="service", archived_at=now())
    assert groups(marta.get("/products?state=all&group=state")) == ["Sold 1", "Archived 1"]
    assert groups(marta.get("/products?state=all&group=type")) == ["Good 1", "Service 1"]
    make_employee(department="Sales")
    assert groups(marta.get("/staff?group=department")) == ["Sales 1", "Support 1"]
    assert groups(marta.get("/staff?group=role")) == ["Agent 1", "Manager 1"]


def test_the_menu_moves_shows_and_keeps_the_rest(marta):
    state = "stage=lead&columns=name,country,phone&group=stage"
    menu = f"/views/columns?list=/customers&query={quote(state)}"
    opened = marta.get(menu).get_data(as_text=True)
    order = re.findall(r'name="order" value="(\w+)"', opened)
    assert order[:3] == ["name", "country", "phone"]
    assert re.findall(r'name="show" value="(\w+)"[^>]*checked', opened) == ["country", "phone"]
    sent = f"{menu}&order=name&order=country&order=phone&show=name&show=country&show=phone&group=stage&sort=-created"
    moved = marta.get(f"{sent}&do=up:phone", fragment=True).get_data(as_text=True)
    assert re.findall(r'name="order" value="(\w+)"', moved)[:3] == ["name", "phone", "country"]
    assert 'id="list-columns"' in moved
    dragged = marta.get(f"{sent}&do=move:phone:columns:0").get_data(as_text=True)
    assert re.findall(r'name="order" value="(\w+)"', dragged)[:3] == ["name", "phone", "country"]
    still = marta.get(f"{sent}&do=up:country").get_data(as_text=True)
    assert re.findall(r'name="order" value="(\w+)"', still)[:3] == ["name", "country", "phone"]
    shown = marta.get(f"{sent}&do=show")
    assert shown.headers["Location"] == ("/customers?stage=lead&columns=name,country,phone&group=stage&sort=-created")
    for wrong in ("list=/nowhere", "list=/conversations", ""):
        assert marta.get(f"/views/columns?{wrong}").status_code == 404


def test_the_usual_columns_leave_no_trace_in_the_address(marta):
    usual = "&".join(f"order={key}&show={key}" for key in ("name", "phone", "stage", "owner", "created", "value"))
    shown = marta.get(f"/views/columns?list=/customers&{usual}&group=&sort=name&do=show")
    assert shown.headers["Location"] == "/customers?view="


@pytest.mark.parametrize("path", PATHS)
def test_whatever_is_shown_a_list_asks_little(browser, db, path):
    admin = browser(make_employee("admin"))
    for _number in range(12):
        customer = make_customer(owner_id=make_employee().person_id)
        sell(customer)
        make_channel(customer)
    listing = LISTINGS[path]
    everything = ",".join(listing.columns)
    for group in ("", *(one.key for one in listing.columns.values() if one.group)):
        address = f"{path}?columns={everything}&group={group}"
        admin.get(address)
        with counted() as asked:
            page = admin.get(address)
        assert len(heads(page)) >= len(listing.columns)
        assert len(asked) <= BUDGET, asked
