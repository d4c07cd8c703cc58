"""What a shop wants to know beyond what Rapport asks is defined in the browser, and is at once wherever
customers are: on the form, the page, the list, in filters, files and the API.
"""

import json
from urllib.parse import urlencode

from app.core import known
from app.core.redis import redis
from tests.api.conftest import Program
from tests.browser_client import text_of
from tests.factories import make_employee, make_key
from tests.importing import address_of, send

FIELD = {"of": "customer", "label": "Favourite tea", "type": "choice", "more_options": "Assam\nOolong"}


def test_a_field_is_at_once_everywhere(app, browser, db):
    owner = make_employee("admin")
    admin, clerk, program = browser(owner), browser(make_employee("agent")), Program(app, make_key(owner))
    assert "Favourite tea" not in text_of(clerk.get("/customers/new"))
    assert admin.post("/settings/fields", FIELD).status_code == 303
    assert "Favourite tea" in text_of(clerk.get("/customers/new"))
    made = clerk.post("/customers", {"last_name": "Lovelace", "stage": "customer", "custom.favourite_tea": "oolong"})
    assert "Favourite tea Oolong" in text_of(clerk.follow(made))
    where = json.dumps({"f": "custom.favourite_tea", "op": "in", "v": ["oolong"]})
    listed = text_of(clerk.get("/customers?" + urlencode({"where": where, "columns": "name,custom.favourite_tea"})))
    assert "Favourite tea is Oolong" in listed
    assert "Lovelace" in listed
    exported = {"list": "/customers", "query": "columns=name,custom.favourite_tea", "everything": "1", "format": "csv"}
    made_file = admin.post("/exports", exported)
    assert "Oolong" in admin.get(f"{made_file.location}/file").get_data(as_text=True)
    here = address_of(send(admin, "last name,favourite tea\nByron,assam\n"))
    assert "Assam" in text_of(admin.get(f"{here}/preview"))
    (customer,) = program.get("/customers").json["data"]
    assert customer["custom"] == {"favourite_tea": "oolong"}
    assert program.get("/custom-fields").json["data"][0]["label"] == "Favourite tea"


def test_every_process_knows_by_a_token(app, browser, db):
    clerk = browser(make_employee("agent"))
    clerk.get("/customers/new")
    before = redis.client.get(known.TOKEN)
    browser(make_employee("admin")).post("/settings/fields", FIELD)
    assert redis.client.get(known.TOKEN) != before
