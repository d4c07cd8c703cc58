"""Keyset pages: every row once, forwards and backwards, and no trust in what comes back."""

import pytest
from sqlalchemy import select

from app.core import paging
from app.core.errors import Invalid
from app.people.models import Customer
from tests.factories import make_customer, make_employee

BY_NAME = {"name": paging.Order((Customer.last_name, Customer.first_name, Customer.person_id), "Name")}


def page(cursor: str = "", sort: str = "name", size: int = 3) -> paging.Page:
    return paging.keyset(
        select(Customer.last_name, Customer.first_name, Customer.person_id),
        orders=BY_NAME,
        sort=sort,
        cursor=cursor,
        size=size,
        key=lambda row: (row.last_name, row.first_name, row.person_id),
    )


def names(found: paging.Page) -> list[str]:
    return [row.last_name for row in found.rows]


@pytest.fixture
def seven(db):
    for letter in "ABCDEFG":
        make_customer(last_name=letter)


def test_forwards_and_back(seven):
    first = page()
    second = page(first.next)
    third = page(second.next)
    assert [names(first), names(second), names(third)] == [list("ABC"), list("DEF"), ["G"]]
    assert first.previous is None
    assert third.next is None
    assert names(page(third.previous)) == list("DEF")


def test_the_far_end(seven):
    last = page(paging.LAST)
    assert names(last) == list("EFG")
    assert last.next is None
    assert names(page(last.previous)) == list("BCD")


def test_turned_round(seven):
    first = page(sort="-name")
    assert names(first) == list("GFE")
    assert names(page(first.next, sort="-name")) == list("DCB")


def test_a_row_added_meanwhile_repeats_nothing(seven):
    first = page()
    make_customer(last_name="AA")
    assert names(page(first.next)) == list("DEF")


@pytest.mark.parametrize("cursor", ["x", "[]", "WyJhIiwxXQ", "é", "WyJhIixbXSxbXSxbXV0", "A" * 5000])
def test_a_damaged_cursor_is_refused(seven, cursor):
    with pytest.raises(Invalid):
        page(cursor)


@pytest.mark.parametrize("sort", ["password_hash", "name;select pg_sleep(5)", "(select 1)", "--name"])
def test_an_unknown_sort_is_refused(seven, sort):
    with pytest.raises(Invalid):
        page(sort=sort)


def grouped(cursor: str = "", sort: str = "name") -> paging.Page:
    order = BY_NAME["name"].led_by(Customer.owner_id, has_gaps=True)
    return paging.keyset(
        select(Customer.owner_id, Customer.last_name, Customer.first_name, Customer.person_id),
        orders={"name": order},
        sort=sort,
        cursor=cursor,
        size=3,
        key=lambda row: (row.owner_id, row.last_name, row.first_name, row.person_id),
    )


@pytest.mark.parametrize("sort", ["name", "-name"])
def test_groups_stand_together_and_those_without_one_last(db, sort):
    owners = sorted(make_employee().person_id for _number in range(2))
    for number, letter in enumerate("ABCDEFGHIJ"):
        make_customer(last_name=letter, owner_id=[owners[0], owners[1], None][number % 3])
    whole = [*"ADGJ", *"BEH", *"CFI"]
    expected = whole if sort == "name" else whole[::-1]
    forwards, found = [], grouped(sort=sort)
    while True:
        forwards += names(found)
        if found.next is None:
            break
        found = grouped(found.next, sort)
    assert forwards == expected
    found = grouped(paging.LAST, sort)
    backwards = names(found)
    while found.previous:
        found = grouped(found.previous, sort)
        backwards = names(found) + backwards
    assert backwards == expected
    with pytest.raises(Invalid):
        grouped(paging.encode_cursor("a", [None, None, "x", "y"]), sort)
