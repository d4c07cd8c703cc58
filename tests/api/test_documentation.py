"""The document is whole, and every example in it does what it says. That it is valid is shown at 003-33."""

import io
import json
import re
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from openapi_schema_validator import OAS31Validator
from sqlalchemy import select, text

from app.accounts import sign_ins
from app.api.examples import IDS
from app.calls.models import Call, PhoneAccount
from app.conversations.actions import attaching, drafts, ratings
from app.conversations.models import Channel, Pair
from app.conversations.replies.models import CannedReply
from app.conversations.targets.models import TargetPolicy
from app.core import access
from app.core.access import SYSTEM
from app.core.crypto import keyring
from app.deals.actions.lines import LineDetails, set_lines
from app.deals.models import Deal, LostReason, Pipeline, Stage
from app.deals.quotes import actions as quotes
from app.engine.bulk import actions as bulk
from app.engine.bulk import kinds as bulk_kinds
from app.engine.bulk import queries as bulk_queries
from app.engine.changes.models import ChangeSet
from app.engine.codes import actions as codes
from app.engine.codes import fields
from app.engine.custom_fields import actions as custom_fields
from app.engine.custom_fields.kinds import KINDS
from app.engine.exports import actions as exports
from app.engine.files import actions as files
from app.engine.hours.models import Holiday
from app.engine.imports import actions as imports
from app.engine.imports import queries as import_queries
from app.engine.notes import actions as notes
from app.engine.notices import actions as notices
from app.engine.push.models import Device
from app.engine.records import kinds as records
from app.engine.schedules import actions as schedules
from app.engine.schedules.due_times import Rule
from app.engine.tags.models import RecordTag, Tag
from app.engine.views import actions as views
from app.engine.views.actions import ViewDetails
from app.engine.views.columns import LISTS
from app.invoices import actions as invoices
from app.mailboxes.models import Mailbox
from app.orders.actions import ordering
from app.orders.models import Order
from app.orders.pricing import Priced
from app.payments.models import Reconciliation
from app.people.consent import actions as consents
from app.people.disclosure import actions as disclosure
from app.people.duplicates import actions as merges
from app.people.duplicates.models import DuplicatePair
from app.reach import actions as touch
from app.reach import queries as touch_queries
from app.reach.actions import TaskDetails as TouchDetails
from app.reach.channels import actions as providers
from app.reach.channels.models import Provider
from app.reach.messages.models import Template
from app.reach.messages.models import TemplateVersion as Version
from app.sales import actions as sales
from app.sales.actions import SaleLine
from app.segments import actions as segments
from app.segments.actions import SegmentDetails
from app.segments.rfm import actions as rfm
from app.segments.rfm import queries as rfm_queries
from app.segments.suggestions import actions as suggestions
from app.tasks import actions as tasks
from app.taxes.calculating import UNTAXED
from app.taxes.models import TaxRate
from app.work import actions as work
from tests.browser_client import inspect
from tests.factories import (
    make_channel,
    make_company,
    make_customer,
    make_employee,
    make_message_type,
    make_pipeline,
    make_product,
    make_widget,
)
from tests.insights.test_service import answered
from tests.mailboxes.cast import make_mail, take

TOUCH = {"id": int(IDS["touch_task_id"])}
STAGES = (("New", "open"), ("Proposal", "open"), ("Won", "won"), ("Lost", "lost"))
VERBS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture(scope="module")
def document(application) -> dict:
    return json.loads(json.dumps(application.extensions["api-document"]))


def operations(document):
    return {
        (verb, path): operation
        for path, item in document["paths"].items()
        for verb, operation in item.items()
        if verb in VERBS
    }


def test_the_document_is_there_without_a_key(program):
    answer = program().get("/openapi.json")
    assert (answer.status_code, answer.json["openapi"]) == (200, "3.1.0")
    assert answer.json["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_every_route_is_in_the_document(application, document):
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api_docs.document"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == set(operations(document))


def test_operations_have_names_words_and_rights(application, document):
    found = operations(document)
    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)
    with application.app_context():
        for (verb, path), operation in found.items():
            assert operation["summary"], path
            rule = next(
                rule
                for rule in application.url_map.iter_rules()
                if re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) == path and verb.upper() in rule.methods
            )
            right = access.declared_permission(rule.endpoint, verb.upper())
            assert right == "*" or f"`{right}`" in operation["description"], path


def test_the_page_shows_it_without_foreign_scripts(program):
    page = program().get("/api/docs")
    policy = page.headers["Content-Security-Policy"]
    inspect(page.get_data(as_text=True), is_page=True)
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in policy
    assert "http" not in re.sub(r"http://www.w3.org\S*", "", page.get_data(as_text=True).split("</head>")[0])


# Every example is sent. These rows have the ids that the examples name.


class Cast:
    def __init__(self, db, program, work):
        self.db, self.program, self.work = db, program, work
        self.admin = make_employee("admin")
        self.colleague = make_employee(person_id=IDS["employee_id"], first_name="Erin")
        self.customer = make_customer(person_id=IDS["customer_id"])
        self.product = make_product(product_id=IDS["product_id"])

    def key_of(self, person):
        return self.program(person)

    def sale(self):
        actor = sign_ins.actor_for(self.admin.person_id)
        receipt = sales.record_sale(self.customer, [SaleLine(self.product.product_id, 2)], actor=actor)
        values = {"old": receipt.receipt_id, "new": IDS["transaction_id"], "line": IDS["line_id"]}
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        self.db.execute(
            text("UPDATE transactions SET receipt_id = :new, transaction_id = :line WHERE receipt_id = :old"), values
        )
        self.db.execute(text("UPDATE receipts SET receipt_id = :new WHERE receipt_id = :old"), values)
        self.db.commit()

    def order(self):
        lines = [Priced(self.product, 1, UNTAXED)]
        actor = sign_ins.actor_for(self.admin.person_id)
        order = ordering.place(self.customer, lines, pay_by="counter", actor=actor)
        invoices.issue(order, actor=actor)
        ordering.take_payment(order, 100, "counter", actor=actor)
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        for table in ("orders", "order_lines", "invoices"):
            self.db.execute(text(f"UPDATE {table} SET order_id = :new"), {"new": IDS["order_id"]})
        ids = {"new": IDS["payment_id"], "order": IDS["order_id"]}
        self.db.execute(text("UPDATE payments SET payment_id = :new, payable_id = :order"), ids)
        self.db.execute(text("UPDATE payment_steps SET payment_id = :new"), {"new": IDS["payment_id"]})
        sealed = keyring.encrypt("Ada", f"invoices.billed_to|{IDS['invoice_id']}")
        ids = {"new": IDS["invoice_id"], "sealed": sealed}
        self.db.execute(text("UPDATE invoices SET invoice_id = :new, billed_to_enc = :sealed"), ids)
        self.db.commit()

    def tax_rate(self):
        self.db.add(TaxRate(tax_rate_id=IDS["tax_rate_id"], name="VAT", share=Decimal("0.2")))
        self.db.commit()

    def holiday(self):
        self.db.add(Holiday(day=date.fromisoformat(IDS["day"]), name="New Year"))
        self.db.commit()

    def targets(self):
        self.db.add(TargetPolicy(policy_id=IDS["policy_id"], least_priority=0, first_seconds=900))
        self.db.commit()

    def reconciliation(self):
        missing = {"kind": "payment", "number": "a1", "reference": "", "what": "only_ours"}
        differences = [{**missing, "ours_minor": 100, "theirs_minor": 0, "currency": "CNY"}]
        known = {"reconciliation_id": IDS["reconciliation_id"], "provider": "alipay", "matched": 1}
        self.db.add(Reconciliation(**known, day=date(2026, 11, 20), differences=differences))
        self.db.commit()

    def channel(self, **options):
        channel = make_channel(self.customer, **options)
        values = {"old": channel.channel_id, "new": IDS["conversation_id"]}
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        for table in ("comm_channels", "comm_channel_participants", "comm_channel_pairs"):
            self.db.execute(text(f"UPDATE {table} SET channel_id = :new WHERE channel_id = :old"), values)
        self.db.commit()

    def upload(self, content=b"first name,last name,email\nAda,Lovelace,ada@example.com\n"):
        actor = sign_ins.actor_for(self.admin.person_id)
        made = imports.upload("customers", "people.csv", io.BytesIO(content), actor=actor)
        values = {"old": made.import_id, "new": IDS["import_id"]}
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        self.db.execute(text("UPDATE import_chunks SET import_id = :new WHERE import_id = :old"), values)
        self.db.execute(text("UPDATE imports SET import_id = :new WHERE import_id = :old"), values)
        self.db.commit()
        self.db.expunge(made)

    def segment(self, mode="dynamic"):
        named = {"f": "last_name", "op": "filled"}
        made = segments.create(SegmentDetails("Everybody with a name", named, mode), actor=SYSTEM)
        self.db.commit()
        values = {"old": made.segment_id, "new": IDS["segment_id"]}
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        for table in ("segment_members", "segment_changes", "segments"):
            self.db.execute(text(f"UPDATE {table} SET segment_id = :new WHERE segment_id = :old"), values)
        self.db.commit()
        self.db.expunge(made)

    def view(self):
        owner = sign_ins.actor_for(self.admin.person_id)
        made = views.save("/customers", "stage=lead", ViewDetails("Leads"), actor=owner)
        self.db.execute(text("UPDATE saved_views SET view_id = :new"), {"new": IDS["view_id"]})
        self.db.commit()
        self.db.expunge(made)

    def task(self):
        author = sign_ins.actor_for(self.admin.person_id)
        made = tasks.add_task(tasks.TaskDetails("Call about the lease"), zone="Europe/London", actor=author)
        self.db.execute(text("UPDATE tasks SET task_id = :new"), {"new": IDS["task_id"]})
        self.db.commit()
        self.db.expunge(made)

    def twin(self):
        make_customer(person_id=IDS["twin_id"])

    def merge(self):
        self.twin()
        ids = [UUID(IDS["customer_id"]), UUID(IDS["twin_id"])]
        made = merges.merge(ids, winner_id=ids[0], chosen={}, actor=sign_ins.actor_for(self.admin.person_id))
        self.db.commit()
        values = {"old": made.merge_id, "new": IDS["merge_id"]}
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        for table in ("merged_people", "merge_moves", "merges"):
            self.db.execute(text(f"UPDATE {table} SET merge_id = :new WHERE merge_id = :old"), values)
        self.db.commit()
        self.db.expunge(made)

    def note(self):
        author = sign_ins.actor_for(self.admin.person_id)
        record = records.get_record(author, "customer", self.customer.person_id)
        made, _told = notes.add_note(record, "Wants the blue one.", actor=author)
        self.db.execute(text("UPDATE notes SET note_id = :new"), {"new": IDS["note_id"]})
        self.db.commit()
        self.db.expunge(made)

    def companies(self):
        for key, name in (("company_id", "Acme"), ("other_company_id", "Bits")):
            make_company(company_id=IDS[key], name=name)

    def pipelines(self):
        stages = [Stage(name=name, kind=kind, win_share=1) for name, kind in STAGES]
        stages[0].stage_id, stages[1].stage_id = IDS["stage_id"], IDS["other_stage_id"]
        pipeline = Pipeline(pipeline_id=IDS["pipeline_id"], name="Wholesale", position=1)
        self.db.add(pipeline)
        self.db.flush()
        for position, stage in enumerate(stages):
            stage.pipeline_id, stage.position = pipeline.pipeline_id, position
        reasons = [LostReason(name="Too dear", position=2)]
        reasons.append(LostReason(reason_id=IDS["lost_reason_id"], name="Chose another shop", position=1))
        self.db.add_all([*stages, *reasons])
        self.db.commit()
        make_pipeline()

    def deal(self):
        self.pipelines()
        known = {name: IDS[name] for name in ("deal_id", "stage_id", "pipeline_id")}
        deal = Deal(title="Mugs", currency="GBP", customer_id=self.customer.person_id, rank=1, **known)
        self.db.add(deal)
        self.db.flush()
        set_lines(deal, [LineDetails(self.product.product_id, 2)], actor=SYSTEM)
        self.db.commit()
        self.db.expunge_all()
        self.db.add(self.admin)

    def change_set(self):
        actor = sign_ins.actor_for(self.admin.person_id)
        self.db.execute(text("SELECT set_config('app.change_set_id', :id, true)"), {"id": IDS["change_set_id"]})
        made = ChangeSet(change_set_id=IDS["change_set_id"], kind="edit", label="Edited Ada", actor_id=actor.id)
        self.db.add(made)
        self.db.flush()
        self.db.execute(text("UPDATE customers SET country = 'Norway'"))
        self.db.commit()

    def tags(self):
        self.db.add_all(Tag(tag_id=IDS[key], name=key) for key in ("tag_id", "other_tag_id"))
        self.db.add(RecordTag(record_kind="customer", record_id=IDS["customer_id"], tag_id=IDS["tag_id"]))
        self.db.commit()
        self.db.add(self.admin)

    def device(self):
        known = {"p256dh": "B", "auth": "A", "device": "Firefox on Linux", "endpoint": "https://push.example.com/1"}
        self.db.add(Device(subscription_id=IDS["device_id"], person_id=self.admin.person_id, **known))
        self.db.commit()

    def reply(self):
        self.db.add(CannedReply(reply_id=IDS["reply_id"], name="hello", body="Hello!", owner_id=self.admin.person_id))
        self.db.commit()

    def message_type(self):
        make_message_type(message_type_id=IDS["message_type_id"])

    def template(self):
        self.message_type()
        self.db.add(Template(template_id=IDS["template_id"], name="Lamps", message_type_id=IDS["message_type_id"]))
        self.db.flush()
        first = {"in_app": {"en": {"title": "Hello"}}}
        self.db.add(Version(version_id=IDS["version_id"], template_id=IDS["template_id"], number=1, contents=first))
        make_message_type()

    def touch_task(self):
        """A draft that says something to the one customer there is."""
        self.template()
        self.db.execute(text("SELECT setval(pg_get_serial_sequence('crm_user_touch_task', 'id'), :id, false)"), TOUCH)
        details = TouchDetails("Lamps", template_id=UUID(IDS["template_id"]), channels=("in_app",))
        touch.create(details, actor=SYSTEM)
        self.db.commit()

    def launched_touch(self):
        self.touch_task()
        touch.launch(touch_queries.get_task(TOUCH["id"]), actor=SYSTEM)
        self.db.commit()

    def widget(self):
        make_widget(widget_id=IDS["widget_id"])

    def said(self):
        """A conversation whose one message has a file; a draft of the admin's."""
        self.channel(owner=self.admin)
        channel = self.db.get(Channel, UUID(IDS["conversation_id"]))
        comm_id = self.db.scalar(select(Pair.comm_id))
        actor = sign_ins.actor_for(self.admin.person_id)
        attaching.attach(
            channel.channel_id, comm_id, [attaching.Upload("words.txt", io.BytesIO(b"words"))], actor=actor
        )
        drafts.save_draft(channel, IDS["mode"], "I looked into it", actor=actor)
        self.db.execute(
            text("UPDATE files SET file_id = :id, record_id = :message"),
            {"id": IDS["attachment_id"], "message": IDS["message_id"]},
        )
        self.rename("message_id", comm_id, "comm_id", "comm_channel_pairs", "chats", "communication_registry")

    def answered(self):
        answered(self.db, self.admin)

    def call(self):
        self.db.add(Call(call_id=UUID(IDS["call_id"]), provider="twilio", is_incoming=True, state="completed"))
        self.db.commit()

    def phone(self):
        self.admin.phone = "+442079460002"
        self.db.add(PhoneAccount(provider="twilio", is_enabled=True, account_sid="AC0123", number="+442079460000"))
        self.customer.phone = "+442079460003"
        self.db.commit()

    def mailbox(self):
        made = Mailbox(mailbox_id=UUID(IDS["mailbox_id"]), address="hello@lotus.example", name="Lotus Gifts")
        self.db.add(made)
        self.db.commit()
        return made

    def provider(self):
        settings = {"host": "127.0.0.1"}
        self.db.add(
            Provider(
                provider_id=UUID(IDS["provider_id"]), strategy="smtp", channel="email", name="Relay", settings=settings
            )
        )
        self.db.commit()

    def suppression(self):
        providers.suppress("email", "ada@example.com", actor=SYSTEM)
        self.db.commit()

    def mail(self):
        comm_id = take(self.mailbox(), make_mail(self.customer.email)).comm_id
        tables = ("raw_mails", "mails", "comm_channel_pairs", "emails", "communication_registry")
        self.rename("mail_id", comm_id, "comm_id", *tables)

    def file(self):
        sender = sign_ins.actor_for(self.admin.person_id)
        record = records.get_record(sender, "customer", self.customer.person_id)
        made = files.add_file(record, "words.txt", io.BytesIO(b"words"), actor=sender)
        self.db.execute(text("UPDATE files SET file_id = :new"), {"new": IDS["file_id"]})
        self.db.commit()
        self.db.expunge(made)

    def bulk_run(self):
        actor = sign_ins.actor_for(self.admin.person_id)
        chosen = bulk_queries.choose(actor, "/customers", "", [self.customer.person_id], is_everything=False)
        action = bulk_kinds.get_action("/customers", "edit", actor)
        made = bulk.begin(chosen, action, {"country": "Norway"}, expected=1, actor=actor)
        self.rename("bulk_run_id", made.run_id, "run_id", "bulk_rows", "bulk_runs")

    def export(self):
        actor = sign_ins.actor_for(self.admin.person_id)
        chosen = bulk_queries.choose(actor, "/customers", "", [], is_everything=True)
        made = exports.begin(chosen, format="csv", all_columns=False, actor=actor)
        self.rename("export_id", made.export_id, "export_id", "export_chunks", "exports")

    def rename(self, name, old, column, *tables):
        """Give what was made the id that the examples name."""
        self.db.commit()
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        for table in tables:
            self.db.execute(
                text(f"UPDATE {table} SET {column} = :new WHERE {column} = :old"), {"new": IDS[name], "old": old}
            )
        self.db.commit()
        self.db.expunge_all()
        self.db.add(self.admin)

    def custom_field(self):
        actor = sign_ins.actor_for(self.admin.person_id)
        made = custom_fields.add_field(KINDS["customer"], custom_fields.FieldDetails("Shoes"), actor=actor)
        self.rename("field_id", made.field_id, "field_id", "custom_fields")

    def paid_order(self):
        self.order()
        order = self.db.get(Order, IDS["order_id"])
        actor = sign_ins.actor_for(self.admin.person_id)
        ordering.take_payment(order, order.due_minor, "counter", actor=actor)
        self.db.commit()
        self.db.expunge_all()
        self.db.add(self.admin)

    def work_run(self):
        actor = sign_ins.actor_for(self.admin.person_id)
        made = work.begin(LISTS["/customers"], "", "Everybody", actor=actor)
        self.rename("work_run_id", made.run_id, "run_id", "work_steps", "work_runs")

    def consent(self):
        told = {"source": "employee", "source_text": "said so"}
        consents.grant(self.customer, "phone", "marketing", actor=SYSTEM, **told)
        ids = {"consent": IDS["consent_id"], "wording": IDS["wording_id"]}
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        self.db.execute(text("UPDATE consents SET consent_id = :consent, wording_id = :wording"), ids)
        self.db.execute(text("UPDATE consent_wordings SET wording_id = :wording"), ids)
        self.db.commit()

    def disclosure(self):
        made = disclosure.ask(self.customer, actor=sign_ins.actor_for(self.admin.person_id))
        disclosure.make(made)
        self.rename("disclosure_id", made.disclosure_id, "disclosure_id", "disclosures")

    def schedule(self):
        rule = Rule("cron", "0 9 * * 1", "Europe/London")
        plan = schedules.Plan("people.remind", rule, "The week ahead", {"words": "Look", "whom": "everybody"})
        made = schedules.add_schedule(plan, actor=SYSTEM)
        schedules.run_now(made, actor=SYSTEM)
        values = {"old": made.schedule_id, "new": IDS["schedule_id"]}
        self.db.execute(text("SET LOCAL session_replication_role = replica"))
        for table in ("schedule_runs", "schedules"):
            self.db.execute(text(f"UPDATE {table} SET schedule_id = :new WHERE schedule_id = :old"), values)
        self.db.commit()
        self.db.expunge(made)

    def breaks(self):
        made = rfm.set_breaks(rfm_queries.usual_breaks(), actor=SYSTEM)
        self.db.execute(text("UPDATE rfm_breaks SET breaks_id = :new"), {"new": IDS["breaks_id"]})
        self.db.commit()
        self.db.expunge(made)

    def suggestion_run(self):
        made = suggestions.start(None, actor=SYSTEM)
        self.db.execute(text("UPDATE suggestion_runs SET run_id = :new"), {"new": IDS["run_id"]})
        self.db.commit()
        self.db.expunge(made)

    def coded(self):
        make_customer(source="Fair")
        make_customer(source="Web")
        rule = codes.add_rule(fields.get(IDS["code_field"]), "web", "Online", how="exact", actor=SYSTEM)
        self.db.commit()
        self.db.execute(text("UPDATE code_rules SET rule_id = :id"), {"id": IDS["rule_id"]})
        self.db.commit()
        self.db.expunge(rule)

    def notice(self):
        notices.notify(self.admin.person_id, key="k", title="Read me")
        self.db.execute(text("UPDATE notices SET notice_id = :id"), {"id": IDS["notice_id"]})
        self.db.commit()


def quoted_deal(cast):
    cast.deal()
    deal = cast.db.get(Deal, IDS["deal_id"])
    made = quotes.make_quote(deal, quotes.QuoteDetails(valid_until=date(2099, 12, 31)), actor=SYSTEM)
    cast.rename("quote_id", made.quote_id, "quote_id", "quote_lines", "quotes")


def closed_chat(cast):
    cast.channel(owner=cast.admin, closed=True)


def rated_chat(cast):
    closed_chat(cast)
    channel = cast.db.get(Channel, UUID(IDS["conversation_id"]))
    ratings.rate_channel(channel, 2, actor=sign_ins.actor_for(cast.customer.person_id))
    cast.db.commit()
    cast.db.execute(text("UPDATE ratings SET rating_id = :new"), {"new": IDS["rating_id"]})
    cast.db.commit()
    cast.db.expunge_all()
    cast.db.add(cast.admin)


def paused_touch(cast):
    cast.launched_touch()
    touch.pause(touch_queries.get_task(TOUCH["id"]), actor=SYSTEM)
    cast.db.commit()


def sent_touch(cast):
    cast.launched_touch()
    cast.work()
    cast.db.execute(text("UPDATE reach_chunks SET failed = 1"))
    cast.db.commit()


def open_chat(cast):
    cast.channel(owner=cast.admin)


def snoozed_chat(cast):
    cast.channel(owner=cast.admin)
    cast.db.execute(text("UPDATE comm_channels SET snoozed_at = now()"))
    cast.db.commit()


def open_chat_with_person(cast):
    cast.admin = make_employee("admin", person_id=IDS["person_id"])
    cast.channel(owner=cast.colleague)
    cast.db.expunge_all()
    cast.db.add(cast.admin)
    actor = sign_ins.actor_for(cast.admin.person_id)
    from app.conversations.actions import channels
    from app.conversations.queries import lookup

    channels.add_participant(lookup.get_channel(actor, IDS["conversation_id"]), cast.admin, actor=actor)
    cast.db.commit()


def done_import(cast):
    cast.upload()
    actor = sign_ins.actor_for(cast.admin.person_id)
    imports.start(import_queries.get_import(actor, IDS["import_id"]), dry_run=False, actor=actor)
    cast.db.commit()
    cast.work()


def tried_import(cast):
    cast.upload(b"first name,last name,email\nAda,Lovelace,ada at example.com\n")
    actor = sign_ins.actor_for(cast.admin.person_id)
    imports.start(import_queries.get_import(actor, IDS["import_id"]), dry_run=True, actor=actor)
    cast.db.commit()
    cast.work()


def alike(cast):
    cast.twin()
    first, second = sorted((IDS["customer_id"], IDS["twin_id"]))
    cast.db.add(DuplicatePair(first_id=first, second_id=second, score=90, reasons=["name"]))
    cast.db.commit()


def segment_by_hand(cast):
    cast.segment(mode="static")


STATES = {
    "post touch/tasks/{touch_task_id}/pause": Cast.launched_touch,
    "delete touch/tasks/{touch_task_id}/pause": paused_touch,
    "touch/tasks/{touch_task_id}/retries": sent_touch,
    "touch/tasks/{touch_task_id}/deliveries": sent_touch,
    "touch/tasks": Cast.touch_task,
    "imports/{import_id}/runs": Cast.upload,
    "duplicates/{customer_id}": alike,
    "tax": Cast.tax_rate,
    "holidays/{day}": Cast.holiday,
    "response-targets/{policy_id}": Cast.targets,
    "reconciliations": Cast.reconciliation,
    "bulk-runs/{bulk_run_id}": Cast.bulk_run,
    "exports/{export_id}": Cast.export,
    "work-runs/{work_run_id}": Cast.work_run,
    "{customer_id}/disclosures": Cast.disclosure,
    "get customers/{customer_id}/consents": Cast.consent,
    "{customer_id}/consents/{consent_id}": Cast.consent,
    "consent-wordings/{wording_id}": Cast.consent,
    "changes/{change_set_id}": Cast.change_set,
    "merges/{merge_id}": Cast.merge,
    "post merges": Cast.twin,
    "custom-fields/{field_id}": Cast.custom_field,
    "orders/{order_id}/fulfilment": Cast.paid_order,
    "orders/{order_id}/refunds": Cast.paid_order,
    "orders/{order_id}": Cast.order,
    "payments/{payment_id}": Cast.order,
    "invoices/{invoice_id}": Cast.order,
    "companies/{company_id}": Cast.companies,
    "get deals/{deal_id}/quotes": quoted_deal,
    "quotes/{quote_id}": quoted_deal,
    "quotes": quoted_deal,
    "deals": Cast.deal,
    "pipelines": Cast.pipelines,
    "stages/{stage_id}": Cast.pipelines,
    "lost-reasons": Cast.pipelines,
    "tags": Cast.tags,
    "notes": Cast.note,
    "replies/{reply_id}": Cast.reply,
    "devices/{device_id}": Cast.device,
    "message-types/": Cast.template,
    "templates": Cast.template,
    "template-versions": Cast.template,
    "get conversations/{conversation_id}/attachments": Cast.said,
    "attachments/{attachment_id}": Cast.said,
    "messages/{message_id}": Cast.said,
    "drafts": Cast.said,
    "insights/{metric}/rows": Cast.answered,
    "calls/{call_id}": Cast.call,
    "{customer_id}/calls": Cast.phone,
    "raw-mails": Cast.mail,
    "mails/{mail_id}": Cast.mail,
    "mailboxes/{mailbox_id}": Cast.mailbox,
    "providers/{provider_id}": Cast.provider,
    "suppressions/{fingerprint}": Cast.suppression,
    "widgets/{widget_id}": Cast.widget,
    "files": Cast.file,
    "tasks": Cast.task,
    "code-fields/{code_field}": Cast.coded,
    "post segments/{segment_id}/members": segment_by_hand,
    "delete segments/{segment_id}/members": segment_by_hand,
    "outcomes": done_import,
    "imports/{import_id}/r": tried_import,
    "imports/{import_id}/skipping": tried_import,
    "imports/{import_id}": Cast.upload,
    "transactions/{transaction_id}": Cast.sale,
    "acceptance": Cast.channel,
    "delete conversations/{conversation_id}/closure": closed_chat,
    "delete conversations/{conversation_id}/snooze": snoozed_chat,
    "ratings/{rating_id}": rated_chat,
    "rating": closed_chat,
    "participants/{person_id}": open_chat_with_person,
    "conversations/{conversation_id}": open_chat,
    "notices/{notice_id}": Cast.notice,
    "timeline": open_chat,
    "schedules/{schedule_id}": Cast.schedule,
    "segments/{segment_id}": Cast.segment,
    "views/{view_id}": Cast.view,
    "rfm-breaks/{breaks_id}": Cast.breaks,
    "suggestion-runs/{run_id}": Cast.suggestion_run,
}


def pytest_generate_tests(metafunc):
    if "operation_id" in metafunc.fixturenames:
        from app import create_app
        from config import Config

        silent = Config("postgresql+psycopg://", "redis://", "s", b"k" * 32, b"i" * 32)
        found = operations(create_app(silent).extensions["api-document"])
        metafunc.parametrize("operation_id", [operation["operationId"] for operation in found.values()])


def body_of(operation):
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        example = dict(content["multipart/form-data"]["example"])
        return {"data": {**example, "file": (io.BytesIO(example["file"].encode()), "people.csv")}}
    return {"json": content["application/json"]["example"]} if content else {}


@pytest.mark.slow
def test_every_example_works(db, program, work, document, operation_id):
    (verb, path), operation = next(
        entry for entry in operations(document).items() if entry[1]["operationId"] == operation_id
    )
    cast = Cast(db, program, work)
    for part, prepare in STATES.items():
        if part in f"{verb} {path.removeprefix('/api/v1/')}":
            prepare(cast)
            break
    asker = cast.customer if path.endswith("/rating") else cast.admin
    sender = program(asker, *(["conversations.request", "conversations.read"] if asker is cast.customer else []))
    address = path.format(**IDS)
    headers = {"Idempotency-Key": "once"} if verb == "post" else sender.tag(address) if verb in ("put", "patch") else {}
    answer = sender(verb.upper(), address, headers=headers, **body_of(operation))
    success = next(status for status in operation["responses"] if status.startswith("2"))
    assert str(answer.status_code) == success, answer.get_data(as_text=True)
    content = operation["responses"][success]["content"]
    if "application/json" not in content:
        assert answer.data
        assert answer.mimetype in content
        return
    schema = content["application/json"]["schema"]
    OAS31Validator({**schema, "components": document["components"]}).validate(answer.json)
    if verb == "get" and "data" in answer.json and "{" in path:
        assert answer.json["data"] or path.endswith("/refunds")
    if verb == "post":
        again = sender(verb.upper(), address, headers=headers, **body_of(operation))
        assert (again.status_code, again.json) == (answer.status_code, answer.json)
        assert again.headers["Idempotent-Replayed"] == "true"
