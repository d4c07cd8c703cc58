"""Changing things: conditions, replays, and the refusals that actions make."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.accounts import sign_ins
from app.api import idempotency
from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.schedules import actions as schedules
from app.engine.schedules.due_times import Rule
from app.engine.views import actions as views
from app.engine.views.actions import ViewDetails
from app.segments import actions as segments
from app.segments.actions import SegmentDetails
from tests.factories import make_channel, make_customer, make_deal, make_employee, make_product, make_template
from tests.mailboxes.cast import make_mailbox


def count(db, table: str) -> int:
    db.rollback()
    return db.scalar(text(f"SELECT count(*) FROM {table}"))


FIELDS = {
    "employees": "department",
    "customers": "last_name",
    "notes": "body",
    "tasks": "title",
    "deals": "title",
    "custom-fields": "label",
}


def changeable(application) -> list[str]:
    return [
        rule.rule
        for rule in application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.methods & {"PUT", "PATCH"}
    ]


@pytest.fixture
def rows(db, admin, api):
    reminder = {"words": "Look", "whom": "everybody"}
    plan = schedules.Plan("people.remind", Rule("cron", "0 9 * * 1"), "The week ahead", reminder)
    customer_id = make_customer().person_id
    made = {
        "<uuid:customer_id>": customer_id,
        "<uuid:company_id>": api.post("/companies", {"name": "A firm"}).json["id"],
        "<uuid:note_id>": api.post(f"/records/customer/{customer_id}/notes", {"body": "Rings at noon"}).json["id"],
        "<uuid:reply_id>": api.post("/replies", {"name": "Hours", "body": "We open at nine."}).json["id"],
        "<uuid:message_type_id>": api.post("/message-types", {"name": "Offers", "purpose": "marketing"}).json["id"],
        "<uuid:template_id>": make_template().template_id,
        "<int:touch_task_id>": api.post("/touch/tasks", {"name": "Spring lamps"}).json["id"],
        "<uuid:widget_id>": api.post("/widgets", {"name": "Shop"}).json["id"],
        "<uuid:mailbox_id>": make_mailbox().mailbox_id,
        "<uuid:provider_id>": api.post("/providers", {"strategy": "smtp"}).json["id"],
        "<uuid:tag_id>": api.post(f"/records/customer/{customer_id}/tags", {"name": "Trade"}).json["id"],
        "<uuid:task_id>": api.post("/tasks", {"title": "Ring them"}).json["id"],
        "<uuid:deal_id>": make_deal().deal_id,
        "<uuid:field_id>": api.post("/custom-fields", {"kind": "product", "label": "Batch"}).json["id"],
        "<uuid:product_id>": make_product().product_id,
        "<uuid:employee_id>": make_employee().person_id,
        "<uuid:schedule_id>": schedules.add_schedule(plan, actor=SYSTEM).schedule_id,
        "<uuid:segment_id>": segments.create(
            SegmentDetails("New", {"f": "phone", "op": "empty"}), actor=SYSTEM
        ).segment_id,
        "<uuid:view_id>": views.save(
            "/customers", "", ViewDetails("Leads"), actor=sign_ins.actor_for(admin.person_id)
        ).view_id,
    }
    db.commit()
    return made


def addresses(application, rows) -> list[str]:
    found = []
    for rule in changeable(application):
        name = rule[rule.index("<") : rule.index(">") + 1]
        found.append(rule.replace(name, str(rows[name])))
    return found


def test_whoever_changes_something_says_what_they_read(application, api, rows):
    for path in addresses(application, rows):
        read = api.get(path)
        tag = read.headers["ETag"]
        assert api.get(path, headers={"If-None-Match": tag}).status_code == 304
        assert api.get(path, headers={"If-None-Match": '"v99"'}).status_code == 200
        refused = api.patch(path, {})
        assert (refused.status_code, refused.json["code"]) == (428, "precondition_required")
        stale = api.patch(path, {}, headers={"If-Match": '"v99"'})
        assert (stale.status_code, stale.json["code"]) == (412, "precondition_failed")
        field = FIELDS.get(path.split("/")[3], "name")
        changed = api.patch(path, {field: "Changed"}, headers={"If-Match": tag})
        assert (changed.status_code, changed.json[field]) == (200, "Changed"), changed.get_data(as_text=True)
        assert changed.headers["ETag"] not in (None, tag)
        assert changed.headers["ETag"] == api.get(path).headers["ETag"]
        assert api.patch(path, {field: "Again"}, headers={"If-Match": tag}).status_code == 412
        assert api.patch(path, {field: "Again"}, headers={"If-Match": "*"}).status_code == 200


def test_put_empties_what_is_left_out_and_patch_keeps_it(api):
    made = api.post("/customers", {"last_name": "Whole", "phone": "+44 20 7946 0000", "country": "France"})
    path = made.headers["Location"]
    patched = api.patch(path, {"first_name": "Ann"}, headers=api.tag(path)).json
    assert (patched["phone"], patched["country"]) == ("+442079460000", "France")
    replaced = api("PUT", path, json={"last_name": "Whole"}, headers=api.tag(path)).json
    assert (replaced["phone"], replaced["country"], replaced["first_name"]) == (None, "", "")


def test_of_two_who_change_at_once_one_is_told(app, api, program, admin):
    path = f"/customers/{make_customer().person_id}"
    tag, answers, gate = api.tag(path), [], threading.Barrier(2)

    def change(name: str) -> None:
        gate.wait()
        answers.append(api.patch(path, {"last_name": name}, headers=tag).status_code)

    threads = [threading.Thread(target=change, args=(name,)) for name in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 412]


def test_twenty_posts_of_one_sale_are_one_sale(db, api):
    body = {
        "customer_id": str(make_customer().person_id),
        "lines": [{"product_id": str(make_product().product_id), "quantity": 3}],
    }
    answers, gate = [], threading.Barrier(20)

    def sell() -> None:
        gate.wait()
        answers.append(api.post("/transactions", body, headers={"Idempotency-Key": "till-1"}))

    threads = [threading.Thread(target=sell) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {201, 409}
    assert statuses.count(201) >= 1
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_in_progress"}
    assert len({answer.json["id"] for answer in answers if answer.status_code == 201}) == 1
    assert (count(db, "receipts"), count(db, "transactions")) == (1, 1)
    last = api.post("/transactions", body, headers={"Idempotency-Key": "till-1"})
    assert (last.status_code, last.headers["Idempotent-Replayed"]) == (201, "true")
    assert last.headers["Location"] == f"/api/v1/transactions/{last.json['id']}"


def test_a_key_stands_for_one_request_of_one_program(db, api, program):
    once = {"Idempotency-Key": "k"}
    first = api.post("/customers", {"last_name": "First"}, headers=once)
    other_body = api.post("/customers", {"last_name": "Other"}, headers=once)
    other_path = api.post("/products", {}, headers=once)
    for refused in (other_body, other_path):
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")
    stranger = program(make_employee("admin")).post("/customers", {"last_name": "First"}, headers=once)
    assert (stranger.status_code, stranger.json["id"] != first.json["id"]) == (201, True)
    assert "Idempotent-Replayed" not in stranger.headers
    assert count(db, "customers") == 2


def test_a_refusal_is_not_kept(db, api):
    once = {"Idempotency-Key": "k"}
    assert api.post("/customers", {"stage": "boss"}, headers=once).status_code == 422
    made = api.post("/customers", {"last_name": "Now right"}, headers=once)
    assert (made.status_code, "Idempotent-Replayed" in made.headers) == (201, False)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "ä"])
def test_a_key_is_visible_ascii(api, key):
    answer = api.post("/customers", {"last_name": "A"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422


def test_a_kept_answer_goes_with_its_customer(db, api, work):
    once = {"Idempotency-Key": "k"}
    customer = api.post("/customers", {"last_name": "Fleeting"}, headers=once).json["id"]
    other = {"Idempotency-Key": "l"}
    api.post("/customers", {"last_name": "Staying"}, headers=other)
    assert api.post(f"/customers/{customer}/erasure", {"reason": "Asked to be forgotten"}).status_code < 300
    work()
    assert api.post("/customers", {"last_name": "Staying"}, headers=other).headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in api.post("/customers", {"last_name": "Fleeting"}, headers=once).headers


def test_kept_answers_are_sealed_and_forgotten_after_a_day(db, api):
    once = {"Idempotency-Key": "k"}
    body = {"last_name": "Sealed", "phone": "+44 20 7946 0000"}
    first = api.post("/customers", body, headers=once).json["id"]
    kept = db.scalar(text("SELECT body FROM idempotent_requests"))
    assert b"7946" not in bytes(kept)
    db.execute(text("UPDATE idempotent_requests SET created_at = :then"), {"then": now() - timedelta(hours=23)})
    db.commit()
    assert idempotency.purge() == 0
    assert api.post("/customers", body, headers=once).json["id"] == first
    db.execute(text("UPDATE idempotent_requests SET created_at = :then"), {"then": now() - timedelta(hours=25)})
    db.commit()
    assert api.post("/customers", body, headers=once).json["id"] != first
    db.execute(text("UPDATE idempotent_requests SET created_at = :then"), {"then": now() - timedelta(hours=25)})
    assert idempotency.purge() == 1
    db.commit()
    assert count(db, "idempotent_requests") == 0


def test_the_clock_forgets_old_answers():
    from worker import SCHEDULE

    assert idempotency.purge in [duty for _every, duty in SCHEDULE]


def test_a_sale_is_refunded_to_its_last_penny_and_no_further(db, api):
    sale = api.post(
        "/transactions",
        {
            "customer_id": str(make_customer().person_id),
            "lines": [{"product_id": str(make_product(price_minor=999).product_id), "quantity": 3}],
        },
    ).json
    assert (sale["total"]["formatted"], sale["source"], sale["number"]) == ("£29.97", "api", "R-000001")
    path = f"/transactions/{sale['id']}/refunds"
    part = api.post(path, {"reason": "Broken", "amount": {"amount_minor": 1000, "currency": "GBP"}})
    assert part.json["total"]["amount_minor"] == -1000
    assert part.headers["Location"] == f"/api/v1/transactions/{part.json['id']}"
    foreign = api.post(path, {"reason": "Broken", "amount": {"amount_minor": 1, "currency": "USD"}})
    assert set(foreign.json["errors"]) == {"amount"}
    assert api.post(path, {"reason": "Rest"}).json["total"]["amount_minor"] == -1997
    assert api.post(path, {"reason": "More"}).status_code == 409
    assert api.get(f"/transactions/{sale['id']}").json["refunded"]["amount_minor"] == -2997
    assert len(api.get(path).json["data"]) == 2


def test_a_receipt_is_printed(program, api):
    line = {"product_id": str(make_product().product_id), "quantity": 1}
    sale = api.post("/transactions", {"customer_id": str(make_customer().person_id), "lines": [line]})
    paper = api.get(f"{sale.headers['Location']}/pdf")
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    assert sale.json["number"] in paper.headers["Content-Disposition"]
    blind = program(make_employee("admin"), "customers.read")
    assert blind.get(f"{sale.headers['Location']}/pdf").status_code == 403


def test_another_price_takes_its_own_right(program):
    till = program(make_employee(), "customers.read", "sales.record")
    line = {"product_id": str(make_product().product_id), "unit_price": {"amount_minor": 1, "currency": "GBP"}}
    body = {"customer_id": str(make_customer().person_id), "lines": [line]}
    assert till.post("/transactions", body).status_code == 403
    line["unit_price"]["currency"] = "EUR"
    assert set(till.post("/transactions", body).json["errors"]) == {"lines.0.unit_price"}
    body["lines"] = [{"product_id": str(uuid4())}]
    assert set(till.post("/transactions", body).json["errors"]) == {"lines.0.product_id"}


def test_a_customers_program_asks_and_rates_and_an_employees_answers(program):
    carla, alice = make_customer(), make_employee()
    asking = program(carla, "conversations.read", "conversations.request")
    answering = program(alice, "conversations.read", "conversations.answer", "customers.read")
    chat = asking.post("/conversations", {"message": "Is it in stock?"})
    path = f"/conversations/{chat.json['id']}"
    assert (chat.status_code, chat.json["state"]) == (201, "waiting")
    assert answering.post(f"{path}/messages", {"content": "Yes"}).status_code == 409
    assert answering.post(f"{path}/acceptance").json["owner_id"] == str(alice.person_id)
    quicker = program(make_employee("manager"), "conversations.read", "conversations.answer")
    late = quicker.post(f"{path}/acceptance")
    assert (late.status_code, late.json["owner"]) == (409, alice.name)
    assert answering.post(f"{path}/messages", {"content": "Yes"}).json["seq"] == 2
    note = {"kind": "phone", "content": "Called her", "duration_seconds": 60}
    assert asking.post(f"{path}/messages", note).status_code == 422
    assert (
        program(alice, "conversations.read", "conversations.answer").post(f"{path}/messages", note).status_code == 403
    )
    call = answering.post(f"{path}/messages", note).json
    assert (call["kind"], call["seq"], call["duration_seconds"]) == ("phone", 3, 60)
    assert answering.post(f"{path}/messages", {"content": "x", "subject": "y"}).status_code == 422
    mail = answering.post(f"{path}/messages", {"kind": "email", "subject": "Stock", "content": "Here it is."}).json
    assert (mail["kind"], mail["subject"]) == ("email", "Stock")
    assert [said["kind"] for said in asking.get(f"{path}/messages").json["data"]] == ["chat", "chat", "email"]
    assert answering.post(f"{path}/closure").json["state"] == "closed"
    assert answering.post(f"{path}/rating", {"rating": 5}).status_code == 403
    given = asking.post(f"{path}/rating", {"rating": 5}).json
    changed = asking.post(f"{path}/rating", {"rating": 1}).json
    assert (given["stars"], changed["stars"], changed["id"]) == (5, 1, given["id"])


def test_employees_open_conversations_and_leave_them(program):
    ann, ben = make_employee(), make_employee()
    hers, his = program(ann), program(ben)
    chat = hers.post("/conversations", {"people": [str(ben.person_id)], "message": "Lunch?"}).json
    assert chat["kind"] == "internal"
    path = f"/conversations/{chat['id']}"
    assert his("DELETE", f"{path}/participants/{ann.person_id}").status_code == 422
    assert his("DELETE", f"{path}/participants/{ben.person_id}").status_code == 200
    assert his.get(path).status_code == 404
    assert hers.post("/conversations", {"message": "Alone"}).status_code == 422


def test_an_erasure_keeps_the_books_and_says_why(api, db):
    customer = make_customer(last_name="Forget")
    path = f"/customers/{customer.person_id}"
    gone = api.post(f"{path}/erasure", {"reason": "Asked by letter"}).json
    assert "GDPR" in gone["legal_basis"]
    assert api.get(path).json["last_name"] == "customer"
    assert api.post(f"{path}/erasure", {"reason": "Again"}).json == gone
    assert api("DELETE", f"{path}/deactivation").status_code == 409


def test_an_import_runs_and_says_what_became_of_each_row(api, work):
    import io

    content = b"first name,last name,email\nAda,Lovelace,ada@example.com\nBob,,not an address\n"
    made = api("POST", "/imports", data={"kind": "customers", "file": (io.BytesIO(content), "people.csv")})
    path = f"/imports/{made.json['id']}"
    assert (made.status_code, made.json["missing"], made.json["state"]) == (201, [], "uploaded")
    dry = api.post(f"{path}/runs", {"dry_run": True}).json
    assert (dry["state"], dry["is_dry_run"]) == ("queued", True)
    work()
    assert api.get(path).json["report"]["counts"]["rejected"] == 1
    api.post(f"{path}/runs", {"dry_run": False})
    work()
    rows = api.get(f"{path}/outcomes").json["data"]
    assert [row["outcome"] for row in rows] == ["created", "rejected"]
    assert api.get(f"/customers/{rows[0]['about_id']}").json["email"] == "ada@example.com"
    assert len(api.get(f"{path}/outcomes?outcome=rejected").json["data"]) == 1
    for form in ({}, {"kind": "customers"}, {"kind": "customers", "file": "text"}, {"kind": "secrets", "x": "y"}):
        refused = api("POST", "/imports", data=form, content_type="multipart/form-data")
        assert refused.status_code == 422, form


def test_a_channel_that_waits_is_seen_by_whoever_may_answer(program):
    channel = make_channel()
    waiting = program(make_employee()).get("/conversations?view=waiting").json["data"]
    assert [row["id"] for row in waiting] == [str(channel.channel_id)]
