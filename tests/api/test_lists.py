"""Lists: cursors, sizes, orders and filters, all from a known set."""

from uuid import uuid4

import pytest

from app.api.resources.own import RIGHT_OF_TYPE
from app.core import access
from app.core.access import SYSTEM
from app.core.paging import encode_cursor
from app.engine.events import actions as events
from app.engine.events import catalogue
from tests.factories import make_customer, make_product

LISTS = ("/customers", "/employees", "/products", "/transactions", "/conversations", "/imports", "/notices", "/events")
HOSTILE = (
    "name;select pg_sleep(5)",
    "(select 1)",
    "name,(case when (select count(*) from customers)>0 then name else id end)",
    "-1",
    "asc nulls first;--",
    'NAME"',
    "%2527",
    "password_hash",
    "created_at; DROP TABLE customers",
    "--name",
    "",
)


def test_following_next_shows_every_row_once_and_previous_leads_back(api):
    names = sorted(make_customer(last_name=f"Name{n:02}").last_name for n in range(7))
    pages, address = [], "/api/v1/customers?limit=3&sort=name"
    while address:
        page = api.get(address)
        pages.append([row["last_name"] for row in page.json["data"]])
        assert ('rel="next"' in page.headers.get("Link", "")) == (page.json["next"] is not None)
        address = page.json["next"]
    assert [len(rows) for rows in pages] == [3, 3, 1]
    assert [name for rows in pages for name in rows] == names
    back = api.get(page.json["previous"])
    assert [row["last_name"] for row in back.json["data"]] == pages[1]
    assert api.get(back.json["previous"]).json["previous"] is None
    assert f'<{back.json["next"]}>; rel="next"' in back.headers["Link"]


def test_a_link_keeps_what_was_asked(api):
    for n in range(4):
        make_product(name=f"Tea {n}", price_minor=100 * n)
    page = api.get("/products?sort=-price&limit=2&q=tea&fields=id,price")
    rest = api.get(page.json["next"]).json["data"]
    assert [row["price"]["amount_minor"] for row in rest] == [100, 0]
    assert set(rest[0]) == {"id", "price"}


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1e3", "9" * 5000, ""])
def test_a_page_has_1_to_200_rows(api, limit):
    for path in LISTS:
        answer = api.get(path, query_string={"limit": limit})
        assert (answer.status_code, set(answer.json["errors"])) == (422, {"limit"}), path


@pytest.mark.parametrize("sort", HOSTILE)
def test_only_known_orders_reach_the_database(api, sort):
    for path in ("/customers", "/employees", "/products", "/transactions"):
        answer = api.get(path, query_string={"sort": sort})
        assert (answer.status_code, set(answer.json["errors"])) == (422, {"sort"}), path
        assert "One of " in answer.json["errors"]["sort"][0]


@pytest.mark.parametrize("path", LISTS)
def test_an_unknown_parameter_is_refused_by_name(api, path):
    answer = api.get(path, query_string={"password_hash": "a%", "filter[reset_token][like]": "a%"})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"password_hash", "filter[reset_token][like]"}
    assert "limit" in answer.json["errors"]["password_hash"][0]


def test_a_parameter_counts_once(api):
    answer = api.get("/customers?limit=1&limit=200")
    assert answer.json["errors"] == {"limit": ["Give it once."]}


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "{}",
        *HOSTILE[:5],
        encode_cursor("a", ["\x00", "\x00", "01930f5e-7c00-7000-8000-000000000001"]),
        encode_cursor("a", ["\ud800", "\ud800", "01930f5e-7c00-7000-8000-000000000001"]),
        encode_cursor("a", ["\x00", "01930f5e-7c00-7000-8000-000000000001"]),
        encode_cursor("a", [10**40, "01930f5e-7c00-7000-8000-000000000001"]),
        encode_cursor("b", ["9999-12-31T23:59:59-23:59", "01930f5e-7c00-7000-8000-000000000001"]),
        encode_cursor("a", [1e308]),
        encode_cursor("a", [True]),
        encode_cursor("a", [None, None]),
        encode_cursor("a", [-1, 2**70]),
        "W" * 1999,
        "NQ",
        "W10",
    ],
)
def test_a_foreign_cursor_is_refused(api, cursor):
    for path in LISTS:
        answer = api.get(path, query_string={"after": cursor})
        assert answer.status_code in (200, 422), answer.get_data(as_text=True)
        assert answer.status_code == 422 or answer.json["data"] == [] or path in ("/employees", "/events"), path


@pytest.mark.parametrize("fields", ["password_hash", "id,phone_enc", "__class__", "id;name"])
def test_only_fields_of_the_shape_can_be_chosen(api, fields):
    one = make_customer()
    for path in ("/customers", f"/customers/{one.person_id}"):
        answer = api.get(path, query_string={"fields": fields})
        assert (answer.status_code, set(answer.json["errors"])) == (422, {"fields"})
        assert "There are: id, name" in answer.json["errors"]["fields"][0]


def test_shapes_of_money_and_time(api):
    product = make_product(price_minor=129950)
    shown = api.get(f"/products/{product.product_id}").json
    assert shown["price"] == {"amount_minor": 129950, "currency": "GBP", "formatted": "£1,299.50"}
    assert shown["created_at"].endswith("Z")
    assert len(shown["created_at"]) == len("2026-11-21T09:30:00.000Z")


def test_filters_narrow(api, admin):
    mine = make_customer(stage="lead", country="France", owner_id=admin.person_id, phone="+442079460000")
    make_customer(stage="customer")
    for asked in (
        {"stage": "lead"},
        {"country": "France"},
        {"owner_id": str(admin.person_id)},
        {"q": "020 7946 0000"},
        {"q": mine.email},
    ):
        found = api.get("/customers", query_string=asked).json["data"]
        assert [row["id"] for row in found] == [str(mine.person_id)], asked
    assert api.get("/customers?stage=boss").status_code == 422
    assert api.get("/customers?owner_id=1").status_code == 422


def test_an_event_reader_misses_nothing_and_hears_nothing_twice(api):
    first = api.post("/customers", {"last_name": "One"}).json["id"]
    heard = api.get("/events?types=customer.registered").json["data"]
    assert [event["subject_id"] for event in heard] == [first]
    last = heard[-1]["cursor"]
    assert api.get("/events", query_string={"after": last}).json["data"] == []
    second = api.post("/customers", {"last_name": "Two"}).json["id"]
    assert [event["subject_id"] for event in api.get("/events", query_string={"after": last}).json["data"]] == [second]


def test_what_is_told_of_records_is_heard_by_whoever_may_read_them_all(application, program, admin, db):
    each_has_readers = {"conversation", "task", "visitor"}
    told = {name.split(".")[0] for name, kind in catalogue.TYPES.items() if kind.about}
    assert told - each_has_readers <= set(RIGHT_OF_TYPE)
    assert set(RIGHT_OF_TYPE.values()) <= set(access.PERMISSIONS)
    missed = {"channel_id": str(uuid4()), "clock_id": str(uuid4()), "kind": "first", "owner_id": None}
    events.emit("target.missed", actor=SYSTEM, subject_id=make_customer().person_id, **missed)
    db.commit()
    reader = program(admin, "events.read", "conversations.read")
    assert [event["type"] for event in reader.get("/events").json["data"]] == ["target.missed"]
    assert program(admin, "events.read", "customers.read").get("/events?types=target.missed").status_code == 422


def test_messages_page_both_ways(api, admin):
    from tests.factories import make_channel, post

    channel = make_channel(owner=admin, message="m1")
    for n in range(2, 8):
        post(channel, admin, f"m{n}")
    path = f"/conversations/{channel.channel_id}/messages"
    first = api.get(f"{path}?limit=3").json
    assert ([m["content"] for m in first["data"]], first["previous"]) == (["m1", "m2", "m3"], None)
    second = api.get(first["next"]).json
    third = api.get(second["next"]).json
    assert ([m["content"] for m in third["data"]], third["next"]) == (["m7"], None)
    back = api.get(third["previous"]).json
    assert [m["content"] for m in back["data"]] == ["m4", "m5", "m6"]
    assert api.get(path, query_string={"after": third["data"][-1]["cursor"]}).json["data"] == []
