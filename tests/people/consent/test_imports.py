"""Files that say who agreed to be written to."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.core.errors import Invalid
from app.engine.events.models import Event
from app.engine.imports import actions as imports
from app.engine.imports import guessing, mending
from app.engine.imports.kinds import KINDS
from app.people.consent import actions, purposes, queries
from app.people.consent.models import Consent
from app.people.models import Customer
from tests.factories import make_customer, make_employee
from tests.importing import bring_in, counts, reasons
from tests.statements import counted

PROOF = "Newsletter form on our website since 2023"
BY_EMAIL = "Email,Newsletter\n"
DATED = "Email,Newsletter,Agreed on\n"


def bring(content: str, **more):
    return bring_in("customers", content, **{"source_text": PROOF, **more})


def state_of(db, email: str, channel: str = "email") -> str | None:
    person_id = db.scalar(select(Customer.person_id).where(Customer.email == email))
    held = queries.find_standing(person_id, channel, "marketing")
    return held.state if held else None


def said_of(made) -> list[str]:
    return [row.reason for row in outcomes_of(made)]


def outcomes_of(made):
    query = "SELECT outcome, reason FROM import_rows WHERE import_id = :id ORDER BY line"
    return database.session.execute(text(query), {"id": made.import_id}).all()


def withdrawn(email="ada@example.com", **more):
    """A customer who wants no mails, by their own word, since yesterday."""
    customer = make_customer(email=email, **more)
    actions.withdraw([customer.person_id], [("email", "marketing")], actor=SYSTEM, source="portal")
    return customer


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Accepts Email Marketing", "consent_email_marketing"),
        ("Accepts Marketing", "consent_email_marketing"),
        ("Email Marketing Consent", "consent_email_marketing"),
        ("email_opt_in", "consent_email_marketing"),
        ("Newsletter", "consent_email_marketing"),
        ("Opt-In", "consent_email_marketing"),
        ("Subscribed", "consent_email_marketing"),
        ("E-Mail consent", "consent_email_marketing"),
        ("Email subscriber status", "consent_email_marketing"),
        ("Accepts SMS Marketing", "consent_sms_marketing"),
        ("SMS Marketing Consent", "consent_sms_marketing"),
        ("Text message opt-in", "consent_sms_marketing"),
        ("Phone consent", "consent_phone_marketing"),
        ("Postal marketing", "consent_post_marketing"),
        ("Agreed to marketing by post", "consent_post_marketing"),
        ("OPTIN_TIME", "agreed_on"),
        ("Consent date", "agreed_on"),
        ("Unsubscribed", "refused_email_marketing"),
        ("Email Opt Out", "refused_email_marketing"),
        ("Do not email", "refused_email_marketing"),
        ("HasOptedOutOfEmail", "refused_email_marketing"),
        ("Unsubscribed from all email", "refused_email_marketing"),
        ("SMS opt-out", "refused_sms_marketing"),
        ("Do not call", "refused_phone_marketing"),
        ("Do not contact", "refused_marketing"),
    ],
)
def test_columns_of_other_programs_are_recognised(app, header, field):
    assert guessing.guess_mapping(KINDS["customers"].fields, ["Name", header])[field] == 1


@pytest.mark.parametrize("header", ["Unsubscribed", "Email opt-out", "Do not email", "Email", "Mail", "Phone", "Text"])
def test_a_column_of_who_said_no_is_never_taken_for_a_yes(app, header):
    guessed = guessing.guess_mapping(KINDS["customers"].fields, ["Name", header])
    assert not [key for key in guessed if key.startswith("consent")]


def test_nobody_agrees_for_others_to_what_only_a_device_can_say(app):
    keys = {field.key for field in KINDS["customers"].fields if field.vouched and field.is_claim}
    channels = ("email", "sms", "phone", "post")
    assert {key for key in keys if key.startswith("consent")} == {
        f"consent_{channel}_marketing" for channel in channels
    }


@pytest.mark.parametrize(
    ("said", "state"),
    [
        *((word, "granted") for word in ("yes", "Y", "TRUE", "1", "x", "✓", "Subscribed", "ja", "Oui", "opted in")),
        *((word, "withdrawn") for word in ("UNSUBSCRIBED", "Opted out", "declined", "withdrawn")),
        *((word, None) for word in ("no", "N", "false", "0", "Nein", "non", "not subscribed")),
        *((word, None) for word in ("", "Never subscribed", "pending", "unknown")),
    ],
)
def test_yes_and_no_in_the_words_people_use(db, said, state):
    bring(f"{BY_EMAIL}ada@example.com,{said}\n")
    assert state_of(db, "ada@example.com") == state


@pytest.mark.parametrize("no", ["no", "N", "false", "0", "Nein", "non", "not subscribed"])
def test_a_no_ends_what_was_agreed_to_and_is_nothing_where_nobody_was_asked(db, no):
    bring(f"{BY_EMAIL}ada@example.com,yes\n")
    made = bring(f"{BY_EMAIL}ada@example.com,{no}\nbo@example.com,{no}\n")
    assert [state_of(db, f"{name}@example.com") for name in ("ada", "bo")] == ["withdrawn", None]
    assert said_of(made) == ["wants no marketing by email", ""]


def test_a_no_ends_also_what_waits_to_be_confirmed(db):
    ada = make_customer(email="ada@example.com")
    actions.grant(ada, "email", "marketing", actor=SYSTEM, source="employee", source_text="said so")
    bring(f"{BY_EMAIL}ada@example.com,no\n")
    assert state_of(db, "ada@example.com") == "withdrawn"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        *((word, "withdrawn") for word in ("yes", "TRUE", "1", "x", "✓", "ja", "Unsubscribed", "opted out")),
        *((word, None) for word in ("no", "FALSE", "0", "", "nein", "subscribed", "opted in", "unknown")),
    ],
)
def test_of_who_wants_nothing_a_yes_is_a_withdrawal_and_a_no_says_nothing(db, said, state):
    made = bring(f"Email,Email opt-out\nada@example.com,{said}\n")
    assert state_of(db, "ada@example.com") == state
    assert said_of(made) == ["wants no marketing by email" if state else ""]


def test_an_opt_out_is_kept_so_that_no_older_list_brings_them_back(db):
    bring("Email,Unsubscribed\nada@example.com,yes\n")
    bring(f"{BY_EMAIL}ada@example.com,yes\n")
    assert state_of(db, "ada@example.com") == "withdrawn"
    assert db.scalars(select(Consent.source_text)).all() == [PROOF]


def test_of_both_columns_the_stricter_counts(db):
    rows = "ada@example.com,yes,yes,2024-05-31\nbo@example.com,yes,no,2024-05-31\n"
    made = bring(f"Email,Accepts marketing,Unsubscribed,Agreed on\n{rows}")
    assert [state_of(db, f"{name}@example.com") for name in ("ada", "bo")] == ["withdrawn", "granted"]
    assert said_of(made) == ["wants no marketing by email", "agrees to marketing by email"]


def test_who_is_not_to_be_contacted_wants_nothing_by_any_channel(db):
    bring("Email,Do not contact\nada@example.com,yes\n")
    channels = set(db.scalars(select(Consent.channel).where(Consent.state == "withdrawn")))
    assert channels == {channel.key for channel in purposes.CHANNELS.values()}


def test_in_a_column_of_who_wants_nothing_too_another_word_leaves_the_row_out(db):
    made = bring("Email,Do not email\nada@example.com,sometimes\n")
    assert reasons(made) == {2: "Wants no marketing by email: “sometimes” is neither yes nor no."}


def test_anything_else_leaves_the_row_out_and_names_the_field(db):
    made = bring(f"{BY_EMAIL}ada@example.com,maybe\nbo@example.com,yes\n")
    assert counts(made) == {"created": 1, "rejected": 1}
    assert reasons(made) == {2: "Agreed to marketing by email: “maybe” is neither yes nor no."}
    assert db.scalar(text("SELECT field FROM import_rows WHERE line = 2")) == "consent_email_marketing"


def test_a_yes_is_kept_with_its_proof_its_words_and_its_day(db):
    made = bring(f"{DATED}ada@example.com,yes,31/05/2024 14:30\n")
    line = db.scalars(select(Consent)).one()
    assert (line.channel, line.purpose, line.state) == ("email", "marketing", "granted")
    assert (line.source, line.source_text) == ("import", PROOF)
    assert line.happened_at.isoformat() == "2024-05-31T13:30:00+00:00"
    assert line.wording_id == queries.find_wording("marketing").wording_id
    assert said_of(made) == ["agrees to marketing by email"]
    assert db.scalar(select(Event.subject_id).where(Event.type == "consent.granted")) == line.person_id


def test_each_channel_has_its_own_answer(db):
    bring("Email,Phone,Email consent,SMS consent,Post consent\nada@example.com,020 7946 0000,yes,unsubscribed,\n")
    states = [state_of(db, "ada@example.com", channel) for channel in ("email", "sms", "post")]
    assert states == ["granted", "withdrawn", None]
    assert set(db.scalars(select(Event.type).where(Event.type.like("consent%")))) == {
        "consent.granted",
        "consent.withdrawn",
    }


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ((now() + timedelta(days=2)).date().isoformat(), "Agreed on: That is still to come."),
        ("1970-01-01", "Agreed on: That is too long ago to count."),
        ("soon", "Agreed on: “soon” is not a date."),
    ],
)
def test_a_day_that_cannot_be_leaves_the_row_out(db, day, reason):
    made = bring(f"{DATED}ada@example.com,yes,{day}\nbo@example.com,,{day}\n")
    assert counts(made) == {"created": 1, "rejected": 1}
    assert reasons(made) == {2: reason}


def test_the_same_file_again_adds_no_line(db):
    withdrawn("cleo@example.com")
    rows = "ada@example.com,yes,2024-05-31\nbo@example.com,unsubscribed,\ncleo@example.com,yes,2024-05-31\n"
    assert counts(bring(DATED + rows)) == {"created": 2, "updated": 1}
    before = db.query(Consent).count()
    assert counts(bring(DATED + rows)) == {"unchanged": 3}
    assert db.query(Consent).count() == before


def test_what_they_withdrew_later_stays_withdrawn_and_the_older_yes_is_written_down(db):
    withdrawn()
    made = bring(f"{DATED}ada@example.com,yes,2024-05-31\n")
    assert state_of(db, "ada@example.com") == "withdrawn"
    assert db.query(Consent).where(Consent.state == "granted").count() == 1
    assert said_of(made)[0].startswith("marketing by email stays withdrawn, they said no later, on ")


def test_a_yes_without_a_day_brings_nothing_back(db):
    withdrawn()
    made = bring(f"{BY_EMAIL}ada@example.com,yes\n")
    assert (counts(made), state_of(db, "ada@example.com")) == ({"unchanged": 1}, "withdrawn")
    assert said_of(made)[0].endswith("and nothing says when they agreed")
    assert db.query(Consent).count() == 1


def test_a_newer_yes_holds(db):
    ada = make_customer(email="ada@example.com")
    bring(f"{BY_EMAIL}ada@example.com,unsubscribed\n")
    db.execute(text("SET session_replication_role = replica"))
    db.execute(text("UPDATE consents SET happened_at = '2024-01-01', recorded_at = '2024-01-01'"))
    db.execute(text("SET session_replication_role = DEFAULT"))
    db.commit()
    bring(f"{DATED}ada@example.com,yes,2024-05-31\n")
    assert queries.find_standing(ada.person_id, "email", "marketing").state == "granted"


def test_a_no_holds_from_now_on_whatever_day_they_once_agreed(db):
    bring(f"{BY_EMAIL}ada@example.com,yes\n")
    made = bring(f"{DATED}ada@example.com,no,2021-01-01\n")
    assert (state_of(db, "ada@example.com"), counts(made)) == ("withdrawn", {"updated": 1})
    assert said_of(made) == ["wants no marketing by email"]


def test_of_two_rows_about_somebody_the_stricter_counts(db):
    for _twice in range(2):
        bring(f"{BY_EMAIL}ada@example.com,no\nada@example.com,yes\n")
        assert (state_of(db, "ada@example.com"), db.query(Consent).count()) == ("withdrawn", 1)


def test_who_is_not_taken_says_nothing(db):
    make_customer(email="ada@example.com", erased_at=now(), reference="C-1")
    make_employee("agent", email="ben@lotus.example")
    made = bring("Reference,Email,Newsletter\nC-1,,yes\n,ben@lotus.example,yes\n,,yes\n")
    assert (counts(made), db.query(Consent).count()) == ({"rejected": 3}, 0)


def test_without_a_sentence_how_one_knows_nothing_starts(db):
    with pytest.raises(Invalid) as refused:
        bring(f"{BY_EMAIL}ada@example.com,yes\n", source_text="  ")
    assert "source_text" in refused.value.errors
    assert counts(bring("Email,Agreed on\nada@example.com,2024-05-31\n", source_text="")) == {"created": 1}


def test_a_dry_run_says_what_would_be_and_writes_nothing(db):
    withdrawn()
    made = bring(f"{BY_EMAIL}ada@example.com,yes\nbo@example.com,yes\n", dry_run=True)
    assert [outcome for outcome, _reason in outcomes_of(made)] == ["unchanged", "created"]
    assert said_of(made)[1] == "agrees to marketing by email"
    assert db.query(Consent).count() == 1


@pytest.mark.slow
def test_a_thousand_rows_take_as_many_statements_as_one(db):
    def statements_for(people: range) -> int:
        rows = "".join(f"p{n}@example.com,{'yes' if n % 2 else 'unsubscribed'},yes\n" for n in people)
        with counted() as sent:
            bring("Email,Email consent,SMS consent\n" + rows)
        return len(sent)

    statements_for(range(2))
    assert statements_for(range(10, 12)) == statements_for(range(1_000, 1_900))
    assert db.query(Consent).count() == 2 * (2 + 2 + 900)


def test_the_command_asks_how_one_knows_too(app, tmp_path, db):
    file = tmp_path / "people.csv"
    file.write_text(f"{BY_EMAIL}ada@example.com,yes\n")
    run = app.test_cli_runner().invoke
    refused = run(args=["import", "customers", str(file)])
    assert refused.exit_code == 1
    assert "Say how you know" in refused.output
    without = run(args=["import", "customers", str(file), "--map", "consent_email_marketing="])
    assert "1 created" in without.output
    assert db.query(Consent).count() == 0
    assert run(args=["import", "customers", str(file), "--source", PROOF]).exit_code == 0
    assert db.scalar(select(Consent.source_text)) == PROOF


def test_a_mended_row_says_what_its_consent_would_be(db):
    made = bring(f"{BY_EMAIL}ada@example.com,maybe\n", dry_run=True)
    row = mending.mend(made, 2, {"consent_email_marketing": "yes"}, actor=SYSTEM)
    assert (row.outcome, row.reason) == ("created", "agrees to marketing by email")
    assert db.query(Consent).count() == 0


def test_whoever_was_asked_by_mail_has_still_to_answer_unless_they_agreed_since(db):
    ada = make_customer(email="ada@example.com")
    told = {"source": "employee", "source_text": "said so"}
    actions.grant(ada, "email", "marketing", actor=SYSTEM, **told)
    made = bring(f"{DATED}ada@example.com,yes,2024-05-31\n")
    assert state_of(db, "ada@example.com") == "pending"
    assert said_of(made)[0].startswith("marketing by email stays unconfirmed, they were asked later, on ")
    bring(f"{BY_EMAIL}ada@example.com,yes\n")
    assert state_of(db, "ada@example.com") == "granted"


@pytest.mark.parametrize("name", ["Unsubscribed", "Email Opt Out", "Do not email", "Opted out of email: offers"])
def test_a_yes_to_hear_nothing_is_never_taken_for_a_yes(db, name):
    with pytest.raises(Invalid) as refused:
        bring(f"Email,{name}\nada@example.com,yes\n", consent_email_marketing=1)
    said = refused.value.errors["consent_email_marketing"][0]
    assert said.startswith(f"“{name}” seems to say who does not want it: choose it below")


@pytest.mark.parametrize("name", ["Accepts marketing", "Email Opt In", "Opted in to email"])
def test_a_yes_is_never_taken_for_a_yes_to_hear_nothing(db, name):
    with pytest.raises(Invalid) as refused:
        bring(f"Email,{name}\nada@example.com,yes\n", refused_email_marketing=1)
    said = refused.value.errors["refused_email_marketing"][0]
    assert said.startswith(f"“{name}” seems to say who agrees: choose it above")


def test_a_file_that_an_older_version_read_is_imported(db):
    made = bring("Email\nada@example.com\n", dry_run=True)
    db.execute(text("UPDATE import_rows SET \"values\" = \"values\" - 'consents' - 'agreed_at'"))
    db.commit()
    imports.prepare(made, dry_run=False)
    imports.carry_out(made, actor=SYSTEM, tell=lambda *_told: None)
    assert counts(made) == {"created": 1}
