"""000-04: message types and templates are made, changed and put away by browser and by API; what was is readable."""

from sqlalchemy import select

from app.reach.messages.models import MessageType, Template
from tests.api.conftest import Program
from tests.browser_client import text_of
from tests.factories import make_employee, make_key

WORDS = {"in_app": {"en": {"title": "Hello {customer.first_name|there}"}}}


def test_by_browser(browser, db):
    page = browser(make_employee("manager"))
    about = {"name": "Workshops", "purpose": "marketing", "lane": "bulk", "lives": "3", "unit": "1440"}
    page.follow(page.post("/reach/types/new", about))
    page.follow(page.post("/reach/types/new", {**about, "name": "Talks"}))
    kind = db.scalars(select(MessageType).where(MessageType.key == "workshops")).one()
    page.post(f"/reach/types/{kind.message_type_id}", {**about, "name": "Our workshops"})
    typed = {"name": "Spring", "message_type_id": str(kind.message_type_id), "contents.in_app.en.title": "Come in"}
    here = page.post("/reach/templates/new", typed).headers["Location"]
    page.follow(page.post(f"{here}/archive"))
    page.follow(page.post(f"/reach/types/{kind.message_type_id}/archive"))
    assert "Our workshops" not in text_of(page.get("/reach/types"))
    assert "Our workshops" in text_of(page.get("/reach/types?state=archived"))
    assert "Come in" in text_of(page.get(here))
    assert "Spring" in text_of(page.get("/reach/templates?state=archived"))


def test_by_api(app, db):
    api = Program(app, make_key(make_employee("admin")))
    kind = api.post("/message-types", {"name": "Workshops", "purpose": "marketing", "lane": "bulk"}).json
    api.post("/message-types", {"name": "Talks", "purpose": "service"})
    assert (kind["key"], kind["lives_minutes"]) == ("workshops", 4320)
    path = f"/message-types/{kind['id']}"
    assert api.patch(path, {"name": "Our workshops"}, headers=api.tag(path)).json["purpose"] == "marketing"
    made = api.post("/templates", {"name": "Spring", "message_type_id": kind["id"], "contents": WORDS}).json
    assert (made["number"], made["contents"]) == (1, WORDS)

    here = f"/templates/{made['id']}"
    other = {"in_app": {"en": {"title": "Come in"}}}
    second = api.post(f"{here}/versions", {"contents": other, "base_number": 1, "comment": "Shorter"})
    assert (second.status_code, second.json["number"]) == (201, 2)
    assert api.get(f"/template-versions/{second.json['id']}").json["comment"] == "Shorter"
    late = api.post(f"{here}/versions", {"contents": {"in_app": {"en": {"title": "Mine"}}}, "base_number": 1})
    assert late.status_code == 409
    assert api.post(f"{here}/versions", {"as_number": 1}).json["contents"] == WORDS
    assert [one["number"] for one in api.get(f"{here}/versions").json["data"]] == [3, 2, 1]
    wrong = api.post(f"{here}/versions", {"contents": {"in_app": {"en": {"title": "{customer.nmae}"}}}})
    assert "Did you mean {customer.name}" in str(wrong.json["errors"])

    assert api.post(f"{here}/archive").json["archived_at"]
    assert api.post(f"{path}/archive").json["archived_at"]
    assert api.get("/templates").json["data"] == []
    assert [one["id"] for one in api.get("/templates?state=archived").json["data"]] == [made["id"]]
    assert api.get(here).json["contents"] == WORDS
    assert api.get("/message-types?state=archived").json["data"][0]["name"] == "Our workshops"
    assert api("DELETE", f"{here}/archive").json["archived_at"] is None
    assert db.scalars(select(Template)).one().archived_at is None


def test_a_key_that_may_only_read_writes_nothing(app):
    api = Program(app, make_key(make_employee("admin"), "reach.read"))
    assert api.get("/templates").status_code == 200
    assert api.post("/message-types", {"name": "X", "purpose": "service"}).status_code == 403
