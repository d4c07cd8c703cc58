"""002-57: conditions nested in groups find who is meant, in the list, in a segment and for one customer alike."""

import json

from app.segments.models import Segment
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee

WHERE = {
    "all": [
        {"any": [{"f": "country", "op": "in", "v": ["Norway"]}, {"f": "stage", "op": "in", "v": ["lead"]}]},
        {"not": {"all": [{"f": "last_name", "op": "starts", "v": "b"}, {"f": "email", "op": "filled"}]}},
    ]
}


def test_a_nested_filter_means_the_same_everywhere(browser, db):
    make_customer(first_name="Ane", last_name="Aas", country="Norway")
    bo = make_customer(first_name="Bo", last_name="Berg", country="Norway", email="bo@example.com")
    make_customer(first_name="Britt", last_name="Bakke", country="Norway", email=None)
    make_customer(first_name="Lea", last_name="Leroy", country="France", stage="lead")
    make_customer(first_name="Max", last_name="Meyer", country="Germany")
    manager, where = browser(make_employee("manager")), json.dumps(WHERE)
    listed = text_of(manager.get("/customers", query_string={"where": where}))
    assert [name in listed for name in ("Ane", "Bo Berg", "Britt", "Lea", "Max")] == [True, False, True, True, False]
    manager.post("/segments", {"where": where, "name": "Worth a call", "mode": "dynamic"})
    assert db.query(Segment).one().member_count == 3
    why = text_of(manager.get(f"/filters/customer/why/{bo.person_id}", query_string={"where": where}))
    assert "Bo Berg is not in, because" in why
    assert "Last name starts with “b” here: “Berg”" in why
