"""Who gets in where: every route of the API against keys, cookies and other people's records."""

import re
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import sign_ins
from app.api.examples import IDS
from app.conversations.actions import channels
from app.core import access
from app.core.clock import now
from app.engine.notices import actions as notices
from app.sales import actions as sales
from app.sales.actions import SaleLine
from tests.api.test_documentation import body_of, operations
from tests.factories import make_channel, make_customer, make_employee, make_key, make_product

FORGOTTEN = ("api_keys", "sign_ins", "audit_log", "audit_personal", "sign_in_failures")


def routes(application) -> list[tuple[str, str, str]]:
    """(method, path with examples for ids, declared right) of everything below /api/v1."""
    with application.app_context():
        return [
            (method, re.sub(r"<(?:\w+:)?(\w+)>", lambda part: IDS[part[1]], rule.rule), asked)
            for rule in application.url_map.iter_rules()
            if rule.rule.startswith("/api/v1/")
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
            if (asked := access.declared_permission(rule.endpoint, method))
        ]


def traces(db) -> str:
    """A hash of everything stored, but for what every request leaves."""
    names = db.scalars(
        text(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname <> ALL(:forgotten) ORDER BY oid"
        ),
        {"forgotten": list(FORGOTTEN)},
    ).all()
    parts = [db.scalar(text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ONLY {n} t")) for n in names]
    db.commit()
    return str(parts)


@pytest.mark.usefixtures("unlimited")
def test_without_a_key_nothing_opens_and_nothing_is_stored(application, db, program, browser):
    stranger = program()
    signed_in = browser(make_employee("admin")).http
    before = traces(db)
    for method, path, _right in routes(application):
        for answer in (
            stranger(method, path),
            stranger(method, path, headers={"Authorization": "Bearer rk_" + "x" * 43}),
            signed_in.open(path, method=method, json={}),
        ):
            assert answer.status_code == 401, f"{method} {path}"
            assert (answer.json["code"], answer.headers["WWW-Authenticate"]) == ("sign_in_needed", "Bearer")
            assert "Location" not in answer.headers
    assert traces(db) == before


def test_a_key_without_the_right_is_refused_everywhere(application, db, program, admin):
    weak = program(admin, "audit.read")
    before = traces(db)
    for method, path, right in routes(application):
        answer = weak(method, path, json={})
        expected = (200, 404, 422) if right == "*" else (403,)  # who is signed in may ask about what is their own
        assert answer.status_code in expected, f"{method} {path}"
    assert traces(db) == before


OF_CUSTOMERS = {"conversations.request"}


def rights_of(application) -> set[str]:
    """What routes of the API ask for."""
    return {right for _method, _path, right in routes(application)} - {"*"}


def holders(application, program):
    """A program for each right, that has no other."""
    return {
        right: program(make_customer() if right in OF_CUSTOMERS else make_employee("admin"), right)
        for right in sorted(rights_of(application))
    }


def test_each_right_opens_its_routes(application, db, program):
    holding = holders(application, program)
    for method, path, right in routes(application):
        if (method, path) == ("POST", "/api/v1/conversations"):
            continue  # takes one of two further rights: see test_changes
        answer = holding["customers.read" if right == "*" else right](method, path)
        assert answer.status_code not in (401, 403, 500), f"{right}: {method} {path}"


@pytest.mark.usefixtures("unlimited")
def test_no_other_right_opens_a_route(application, program):
    """Not even all the others together."""
    rights = rights_of(application)
    others = {right: program(make_employee("admin"), *(rights - OF_CUSTOMERS - {right})) for right in rights}
    customer = program(make_customer(), *OF_CUSTOMERS)
    for method, path, asked in routes(application):
        if asked == "*":
            continue
        assert others[asked](method, path).status_code == 403, f"{method} {path}"
        if asked not in OF_CUSTOMERS:
            assert customer(method, path).status_code == 403, f"{method} {path}"


def test_what_is_not_there_is_not_found(application, db, program, admin):
    """Valid bodies and tags, and no such record: never 403, never 500."""
    found = operations(application.extensions["api-document"])
    staff = program(admin)
    customer = program(make_customer(), "conversations.read", "conversations.request")
    before = traces(db)
    for (verb, path), operation in found.items():
        if "{" in path:
            asker = customer if path.endswith("/rating") else staff
            headers = {"If-Match": '"v1"'} if verb in ("put", "patch") else {}
            nothing = {
                **IDS,
                "code_field": "nothing.known",
                "band_field": "nothing.known",
                "metric": "nothing",
                "topic": "nothing",
            }
            answer = asker(verb.upper(), path.format(**nothing), headers=headers, **body_of(operation))
            assert answer.status_code == 404, f"{verb} {path}: {answer.get_data(as_text=True)}"
            assert answer.json["code"] == "not_found"
    assert traces(db) == before


@pytest.fixture
def others(db, admin):
    """One of everything that is not for bob, with a marker that must never reach him."""
    marker = "Zanzibarquux"
    owner = make_employee("manager", department="Elsewhere")
    customer = make_customer(first_name=marker, owner_id=owner.person_id)
    product = make_product()
    seller = sign_ins.actor_for(owner.person_id)
    receipt = sales.record_sale(customer, [SaleLine(product.product_id)], actor=seller)
    private = channels.open_channel([admin], actor=seller, topic=marker, message=marker)
    chat = make_channel(customer, owner=owner, message=marker)
    notices.notify(owner.person_id, key="n", title=marker)
    db.commit()
    notice_id = db.scalar(text("SELECT notice_id FROM notices WHERE title = :title"), {"title": marker})
    ids = {
        "customer_id": customer.person_id,
        "transaction_id": receipt.receipt_id,
        "conversation_id": chat.channel_id,
        "notice_id": notice_id,
    }
    return marker, ids, private.channel_id


@pytest.fixture
def bob(db):
    """A manager whose role reaches only his own records."""
    for right in ("customers.read", "transactions.read", "conversations.read"):
        db.execute(text("INSERT INTO changed_grants VALUES ('manager', :right, 'own')"), {"right": right})
    db.commit()
    return make_employee("manager", department="Bobs")


def test_records_of_others_are_not_found_on_any_route(application, db, program, others, bob):
    marker, ids, private = others
    holder = program(bob)
    paths = {**IDS, **ids}
    before = traces(db)
    for (verb, path), operation in operations(application.extensions["api-document"]).items():
        if re.search(r"\{(customer|transaction|conversation|notice)_id\}", path) and not path.endswith("/rating"):
            headers = {"If-Match": '"v1"'} if verb in ("put", "patch") else {}
            answer = holder(verb.upper(), path.format(**paths), headers=headers, **body_of(operation))
            expected = 409 if path.endswith("/acceptance") else 404
            assert answer.status_code == expected, f"{verb} {path}"
            assert marker not in answer.get_data(as_text=True)
    assert holder.get(f"/conversations/{private}").status_code == 404
    assert traces(db) == before


def test_lists_and_searches_hold_nothing_of_others(application, program, others, bob):
    marker, _ids, _private = others
    holder = program(bob)
    for path in ("/customers", "/transactions", "/conversations", "/notices", "/events", "/imports"):
        answer = holder.get(path, query_string={"limit": 200})
        assert answer.status_code == 200
        assert marker not in answer.get_data(as_text=True)
        if path != "/events":
            assert answer.json["data"] == []
    assert holder.get("/customers", query_string={"q": marker}).json["data"] == []
    assert {event["type"].split(".")[0] for event in holder.get("/events").json["data"]} <= {"product", "employee"}


def test_what_employees_say_among_themselves_is_no_event_for_others(db, program, others, admin, work):
    _marker, _ids, private = others
    stream = program(make_employee("admin")).get("/events", query_string={"limit": 200}).json["data"]
    assert any(event["type"] == "message.posted" for event in stream)
    assert str(private) not in str(stream)


def test_a_body_that_names_somebody_elses_record_is_refused(db, program, others, bob):
    _marker, ids, _private = others
    holder = program(bob)
    product = make_product()
    body = {"customer_id": str(ids["customer_id"]), "lines": [{"product_id": str(product.product_id)}]}
    refused = holder.post("/transactions", body)
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"customer_id"})
    refused = holder.post("/conversations", {"people": [str(ids["customer_id"])], "message": "Hi"})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"people"})
    assert db.scalar(text("SELECT count(*) FROM receipts")) == 1


def test_a_key_dies_with_its_owners_rights(db, program, admin):
    holder = program(admin, "staff.edit", "staff.read", "customers.read")
    assert holder.get("/employees").status_code == 200
    make_employee("admin")
    admin.role = "agent"
    db.commit()
    assert (holder.get("/employees").status_code, holder.get("/customers").status_code) == (403, 200)
    admin.deactivated_at = now()
    db.commit()
    assert holder.get("/customers").status_code == 401


def test_a_key_counts_only_in_its_header(app, program, admin):
    secret = make_key(admin)
    anybody = program()
    assert anybody.get(f"/me?api_key={secret}").status_code == 401
    assert anybody.get("/me", headers={"X-API-Key": secret}).status_code == 401
    assert anybody.get("/me", headers={"Authorization": f"Basic {secret}"}).status_code == 401
    anybody.http.set_cookie("rapport", secret)
    assert anybody.get("/me").status_code == 401


def test_a_key_says_who_it_stands_for_and_never_itself(program, admin):
    mine = program(admin, "customers.read").get("/me")
    assert mine.json["id"] == str(admin.person_id)
    assert mine.json["rights"] == {"customers.read": "all"}
    assert UUID(mine.json["key"]["id"])
    assert "hash" not in mine.get_data(as_text=True)
    assert len(mine.json["key"]["prefix"]) == 9


def test_forms_need_their_token_and_the_api_does_not(app, program, admin, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    holder = program(admin)
    assert holder.post("/customers", {"last_name": "Token"}).status_code == 201
    assert holder.http.post("/sign-in", data={}).status_code == 419
