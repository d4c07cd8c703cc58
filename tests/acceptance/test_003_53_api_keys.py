"""003-53: a key is made, shown once, scoped, replaced and revoked by its owner; only its hash is kept."""

import re

from sqlalchemy import select, text

from app.accounts import keys
from app.accounts.models import ApiKey
from tests.browser_client import text_of
from tests.factories import make_employee


def secret_in(page) -> str:
    return re.search(r"rk_[\w-]{43}", page.get_data(as_text=True))[0]


def test_the_life_of_a_key(browser, db):
    mine = browser(make_employee("manager"))
    form = {"name": "Till in the shop", "days": "90", "permissions": ["customers.read"]}
    secret = secret_in(mine.post("/settings/api-keys", form))
    assert set(keys.load(f"Bearer {secret}").grants) == {"customers.read"}
    stored = db.execute(text("SELECT to_jsonb(k)::text FROM api_keys k")).scalar_one()
    assert secret not in stored
    key = db.scalars(select(ApiKey)).one()
    second = secret_in(mine.post(f"/settings/api-keys/{key.api_key_id}/rotation"))
    assert keys.load(f"Bearer {second}")
    listed = text_of(mine.get("/settings/api-keys"))
    assert listed.count("Till in the shop") == 2
    for one in db.scalars(select(ApiKey)).all():
        mine.post(f"/settings/api-keys/{one.api_key_id}/delete")
    assert keys.load(f"Bearer {secret}") is None
    assert keys.load(f"Bearer {second}") is None
    assert "revoked" in text_of(mine.get("/settings/api-keys"))
