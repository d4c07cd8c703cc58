"""001-37: exceptions nobody is certain about are handled in one place and say the same, whatever they are."""

import pytest
from sqlalchemy.exc import DataError, ProgrammingError

from app import create_app
from app.core import access
from app.core.db import db as database
from app.people.models import Customer

UNCERTAIN = {
    "key": lambda: {}["x"],
    "type": lambda: len(5),
    "zero": lambda: 1 / 0,
    "memory": lambda: (_ for _ in ()).throw(MemoryError()),
    "recursion": lambda: (_ for _ in ()).throw(RecursionError()),
    "unicode": b"\xff".decode,
    "system": lambda: (_ for _ in ()).throw(OSError(28, "No space left on device")),
    "sql": lambda: (_ for _ in ()).throw(ProgrammingError("SELECT secret", {}, Exception("no such column"))),
    "data": lambda: (_ for _ in ()).throw(DataError("SELECT secret", {}, Exception("out of range"))),
}


@pytest.fixture(scope="module")
def broken(config):
    app = create_app(config)

    @access.public
    def fault(name):
        database.session.add(Customer(last_name="Half done"))
        database.session.flush()
        UNCERTAIN[name]()

    app.add_url_rule("/api/v1/faults/<name>", "fault", fault)
    app.add_url_rule("/faults/<name>", "page_fault", fault)
    return app


@pytest.mark.parametrize("name", UNCERTAIN)
def test_each_says_network_error_and_leaves_nothing_half_done(broken, db, name):
    client = broken.test_client()
    told = client.get(f"/api/v1/faults/{name}")
    assert (told.status_code, told.json["code"], told.json["title"]) == (500, "NETWORK_ERROR", "Network Error")
    assert set(told.json) == {"type", "title", "status", "detail", "code", "message", "request_id"}
    page = client.get(f"/faults/{name}")
    assert (page.status_code, "Network Error" in page.get_data(as_text=True)) == (500, True)
    assert db.query(Customer).count() == 0
