"""Whatever the document allows, and much that it does not, is answered without a crash."""

import io
import json

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from sqlalchemy import select, text

from app.api.examples import IDS
from app.api.resources.notices import EXAMPLE as DEVICE
from app.calls.models import Call
from app.conversations.actions import attaching, drafts, ratings
from app.conversations.models import Pair
from app.conversations.queries import attachments
from app.engine.schedules import actions as schedules
from app.engine.schedules.due_times import Rule
from app.engine.views import actions as views
from app.engine.views.actions import ViewDetails
from app.reach.messages.queries import newest_version
from app.sales import actions as sales
from app.sales.actions import SaleLine
from app.segments import actions as segments
from app.segments.actions import SegmentDetails
from tests.api.test_documentation import operations
from tests.factories import make_channel, make_customer, make_deal, make_employee, make_product, make_template
from tests.mailboxes.cast import make_mail, make_mailbox, take

EXAMPLES = 12
RELAXED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

LIMITED = ("/calls", "/checks", "/emails", "/messages", "/transcript")  # by person, whatever the key may

pytestmark = pytest.mark.usefixtures("unlimited")


MADE = {
    "widget_id": ("/widgets", {"name": "Shop"}),
    "provider_id": ("/providers", {"strategy": "smtp"}),
    "fingerprint": ("/suppressions", {"channel": "email", "address": "ada@example.com"}),
    "device_id": ("/devices", DEVICE),
    "reply_id": ("/replies", {"name": "hours", "body": "We open at nine."}),
    "message_type_id": ("/message-types", {"name": "Offers", "purpose": "marketing"}),
    "policy_id": ("/response-targets", {"first_seconds": 900}),
    "company_id": ("/companies", {"name": "A firm"}),
    "task_id": ("/tasks", {"title": "Ring them"}),
    "field_id": ("/custom-fields", {"kind": "customer", "label": "Shoes"}),
    "tax_rate_id": ("/tax-rates", {"name": "VAT", "share": "0.2"}),
    "note_id": ("/records/customer/{customer_id}/notes", {"body": "Rings at noon"}),
    "tag_id": ("/records/customer/{customer_id}/tags", {"name": "Trade"}),
}


@pytest.fixture
def company(db, admin, api):
    """One of everything, so that random bodies meet real records."""
    from app.accounts import sign_ins

    customer, product = make_customer(), make_product()
    actor = sign_ins.actor_for(admin.person_id)
    sale = sales.record_sale(customer, [SaleLine(product.product_id, 5)], actor=actor)
    channel = make_channel(customer, owner=admin)
    reminder = {"words": "Look", "whom": "everybody"}
    plan = schedules.Plan("people.remind", Rule("cron", "0 9 * * 1"), "The week ahead", reminder)
    schedule = schedules.add_schedule(plan, actor=actor)
    segment = segments.create(SegmentDetails("In Norway", {"f": "country", "op": "filled"}), actor=actor)
    view = views.save("/customers", "stage=lead", ViewDetails("Leads"), actor=actor)
    mailbox = make_mailbox()
    kept = take(mailbox, make_mail(customer.email))
    call = Call(provider="twilio", is_incoming=True, state="completed", customer_id=customer.person_id)
    db.add(call)
    said = db.scalars(select(Pair.comm_id).where(Pair.channel_id == channel.channel_id)).one()
    attaching.attach(channel.channel_id, said, [attaching.Upload("words.txt", io.BytesIO(b"words"))], actor=actor)
    drafts.save_draft(channel, IDS["mode"], "I looked into it", actor=actor)
    rated = make_channel(customer, owner=admin, closed=True)
    rating = ratings.rate_channel(rated, 2, actor=sign_ins.actor_for(customer.person_id))
    deal = make_deal()
    template = make_template()
    db.commit()
    ids = {"customer_id": str(customer.person_id)}
    made = {name: api.post(path.format(**ids), body).json["id"] for name, (path, body) in MADE.items()}
    return {
        **IDS,
        **made,
        "record_id": str(customer.person_id),
        "rating_id": str(rating.rating_id),
        "deal_id": str(deal.deal_id),
        "template_id": str(template.template_id),
        "version_id": str(newest_version(template.template_id).version_id),
        "mailbox_id": str(mailbox.mailbox_id),
        "mail_id": str(kept.comm_id),
        "call_id": str(call.call_id),
        "message_id": str(said),
        "attachment_id": str(attachments.list_of(said)[0].file_id),
        "customer_id": str(customer.person_id),
        "product_id": str(product.product_id),
        "employee_id": str(make_employee().person_id),
        "transaction_id": str(sale.receipt_id),
        "conversation_id": str(channel.channel_id),
        "person_id": str(admin.person_id),
        "schedule_id": str(schedule.schedule_id),
        "segment_id": str(segment.segment_id),
        "view_id": str(view.view_id),
    }


@pytest.fixture
def document(application) -> dict:
    return json.loads(json.dumps(application.extensions["api-document"]))


def try_many(strategy, send) -> None:
    """Send what the strategy makes, and look at each answer."""

    @RELAXED
    @given(made=strategy)
    def once(made):
        answer = send(made)
        assert answer.status_code < 500, f"{answer.request.method} {answer.request.path} {made!r}"
        assert answer.status_code != 429 or answer.request.path.endswith(LIMITED)

    once()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_generated_requests_never_crash(document, api, company, mode):
    """Requests made from the document: as it says, and as it forbids."""
    schema = schemathesis.openapi.from_dict(document)
    for verb, path in operations(document):

        def send(case, verb=verb, path=path):
            headers = {name: value for name, value in (case.headers or {}).items() if is_sendable(value)}
            headers |= {"If-Match": "*"} if verb in ("put", "patch") else {}
            headers.pop("Authorization", None)
            body = (
                {"json": case.body} if isinstance(case.body, dict | list | str | int) and "/imports" not in path else {}
            )
            return api(verb.upper(), path.format(**company), query_string=case.query or {}, headers=headers, **body)

        try:
            try_many(schema[path][verb.upper()].as_strategy(generation_mode=mode), send)
        except Unsatisfiable:  # nothing can be wrong about an operation that takes nothing
            assert mode is GenerationMode.NEGATIVE


def is_sendable(value) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.long
@pytest.mark.slow
def test_random_json_in_every_known_field_never_crashes(document, api, company, db):
    for (verb, path), operation in operations(document).items():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or path.endswith("/erasure"):
            continue
        shape = document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]

        def send(values, verb=verb, path=path, example=content["example"]):
            headers = {"If-Match": "*"} if verb in ("put", "patch") else {}
            return api(verb.upper(), path.format(**company), json={**example, **values}, headers=headers)

        try_many(st.dictionaries(st.sampled_from(sorted(shape["properties"])), JSON), send)
    assert db.scalar(text("SELECT count(*) FROM employees WHERE role = 'admin'")) >= 1


@pytest.mark.slow
@pytest.mark.long
def test_random_parameters_and_cursors_never_crash(document, api, company):
    for (verb, path), operation in operations(document).items():
        names = [entry["name"] for entry in operation.get("parameters", []) if entry["in"] == "query"]
        if verb == "get" and names:

            def send(asked, path=path):
                return api.get(path.format(**company), query_string=asked)

            try_many(st.dictionaries(st.sampled_from(names), st.text(max_size=60), max_size=4), send)
