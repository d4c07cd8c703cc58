"""Mails that come: whose they are, and which conversation they go on with."""

from datetime import timedelta

from sqlalchemy import func, select

from app.accounts import sign_ins
from app.conversations.actions import channels
from app.conversations.models import Channel
from app.core.clock import now
from app.mailboxes.actions import sending
from app.mailboxes.models import BouncedAddress, Mail, RawMail
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.mailboxes.cast import channel_of, emails_in, make_mail, make_mailbox, new_id, take
from tests.mailboxes.test_parsing import REPORT


def actor_of(person):
    return sign_ins.actor_for(person.person_id)


def write(db, customer, agent, channel=None, **draft):
    sent = sending.send_mail(
        customer, sending.Draft(**{"subject": "Your lamp", "content": "It left today.", **draft}),
        actor=actor_of(agent), channel=channel,
    )  # fmt: skip
    db.commit()
    return sent


def test_a_mail_of_nobody_known_registers_a_lead_who_waits(db):
    kept = take(make_mailbox(), make_mail('"Ada Lovelace" <ada@example.com>', "How tall is it?"))
    channel = channel_of(kept)
    ada = db.get(Customer, channel.customer_id)
    assert (ada.name, ada.email, ada.stage, ada.source) == ("Ada Lovelace", "ada@example.com", "lead", "email")
    assert (channel.kind, channel.state, channel.topic) == ("email", "waiting", "My lamp")
    assert channel.unanswered_since is not None
    assert [email.content for email in emails_in(channel)] == ["How tall is it?"]


def test_a_mail_comes_once(db):
    mailbox, mail = make_mailbox(), make_mail()
    assert take(mailbox, mail) is not None
    assert take(mailbox, mail) is None
    mail["X-Passed-On"] = "by another way"
    assert take(mailbox, mail) is None
    assert db.scalar(select(func.count()).select_from(RawMail)) == 1


def test_nobody_keeps_a_mail_out_by_sending_one_of_the_same_id_before_it(db):
    mailbox = make_mailbox()
    take(mailbox, make_mail("mallory@example.com", Message_ID="<next@example.com>"))
    kept = take(mailbox, make_mail("ada@example.com", "The true one", Message_ID="<next@example.com>"))
    assert emails_in(channel_of(kept))[0].content == "The true one"


def test_an_answer_goes_on_with_what_it_answers(db):
    mailbox, carla, agent = make_mailbox(), make_customer(), make_employee()
    channel = channel_of(take(mailbox, make_mail(carla.email)))
    channels.accept_channel(channel, actor=actor_of(agent))
    sent = write(db, carla, agent, channel)
    assert db.get(Channel, channel.channel_id, populate_existing=True).unanswered_since is None
    answer = take(mailbox, make_mail(carla.email, "Thank you", In_Reply_To=sent.message_id, Subject="Thanks!"))
    assert channel_of(answer).channel_id == channel.channel_id
    assert channel_of(answer).unanswered_since is not None


def test_the_answer_to_a_mail_from_the_customers_page_goes_to_who_wrote_it(db):
    make_mailbox()
    carla, agent = make_customer(), make_employee()
    sent = write(db, carla, agent)
    channel = channel_of(take(make_mailbox("b@lotus.example"), make_mail(carla.email, References=sent.message_id)))
    assert (channel.state, channel.owner_id) == ("open", agent.person_id)
    assert [email.content for email in emails_in(channel)] == ["It left today.", "Hello"]


def test_without_a_reference_the_subject_tells(db):
    mailbox, carla = make_mailbox(), make_customer()
    first = channel_of(take(mailbox, make_mail(carla.email, Subject="My lamp")))
    assert channel_of(take(mailbox, make_mail(carla.email, Subject="AW: Re: my  LAMP"))).channel_id == first.channel_id
    assert channel_of(take(mailbox, make_mail(carla.email, Subject="My vase"))).channel_id != first.channel_id
    assert channel_of(take(mailbox, make_mail("eve@example.com", Subject="My lamp"))).channel_id != first.channel_id


def test_a_closed_conversation_goes_on_within_a_week_and_not_later(db):
    mailbox, carla, agent = make_mailbox(), make_customer(), make_employee()
    mail = make_mail(carla.email)
    channel = channel_of(take(mailbox, mail))
    channels.accept_channel(channel, actor=actor_of(agent))
    channels.close_channel(channel, actor=actor_of(agent))
    db.commit()
    again = channel_of(take(mailbox, make_mail(carla.email, In_Reply_To=mail["Message-ID"])))
    assert (again.channel_id, again.state) == (channel.channel_id, "open")
    channels.close_channel(again, actor=actor_of(agent))
    again.closed_at = now() - timedelta(days=8)
    db.commit()
    later = channel_of(take(mailbox, make_mail(carla.email, In_Reply_To=mail["Message-ID"])))
    assert (later.channel_id != channel.channel_id, later.state) == (True, "waiting")


def test_a_mail_ends_a_snooze(db):
    mailbox, carla = make_mailbox(), make_customer()
    mail = make_mail(carla.email)
    channel = channel_of(take(mailbox, mail))
    channel.snoozed_at, channel.snoozed_until = now(), now() + timedelta(days=3)
    db.commit()
    assert channel_of(take(mailbox, make_mail(carla.email, In_Reply_To=mail["Message-ID"]))).snoozed_at is None


# T097


def test_a_recorded_reference_from_somebody_else_opens_nothing_of_the_customers(db):
    mailbox, carla, agent = make_mailbox(), make_customer(), make_employee()
    channel = channel_of(take(mailbox, make_mail(carla.email)))
    channels.accept_channel(channel, actor=actor_of(agent))
    sent = write(db, carla, agent, channel)
    kept = take(mailbox, make_mail("mallory@example.com", "Send it to me instead", In_Reply_To=sent.message_id))
    forged = channel_of(kept)
    assert forged.channel_id != channel.channel_id
    assert db.get(Customer, forged.customer_id).email == "mallory@example.com"
    assert db.get(Mail, kept.comm_id).doubt


def test_a_mail_in_an_employees_or_our_own_name_is_held_back(db):
    mailbox, agent = make_mailbox(), make_employee()
    assert take(mailbox, make_mail(agent.email)).outcome == "held back: in an employee’s name"
    assert take(mailbox, make_mail(mailbox.address)).outcome == "held back: in our own name"
    assert take(mailbox, b"\r\nno head at all").outcome == "held back: no sender"
    assert db.scalar(select(func.count()).select_from(Channel)) == 0


def test_a_mail_that_failed_its_senders_own_checks_is_doubted_and_stands_alone(db):
    mailbox, carla = make_mailbox(), make_customer()
    mail = make_mail(carla.email)
    channel = channel_of(take(mailbox, mail))
    checks = "mx.lotus.example; spf=fail; dmarc=fail header.from=example.com"
    forged = take(mailbox, make_mail(carla.email, In_Reply_To=mail["Message-ID"], Authentication_Results=checks))
    assert channel_of(forged).channel_id != channel.channel_id
    assert "domain" in db.get(Mail, forged.comm_id).doubt


# Programs and bounces


def test_what_programs_write_registers_nobody(db):
    mailbox = make_mailbox()
    assert take(mailbox, make_mail("news@shop.example", List_Id="<news.shop.example>")).outcome == "automatic"
    assert db.scalar(select(func.count()).select_from(Customer)) == 0


def test_an_absence_note_stands_in_its_conversation_and_waits_for_no_answer(db):
    mailbox, carla, agent = make_mailbox(), make_customer(), make_employee()
    channel = channel_of(take(mailbox, make_mail(carla.email)))
    channels.accept_channel(channel, actor=actor_of(agent))
    sent = write(db, carla, agent, channel)
    away = make_mail(carla.email, "I am away", In_Reply_To=sent.message_id, Auto_Submitted="auto-replied")
    kept = take(mailbox, away)
    assert channel_of(kept).channel_id == channel.channel_id
    assert channel_of(kept).unanswered_since is None


def test_a_bounce_marks_mail_and_address_with_the_servers_words(db):
    mailbox, agent = make_mailbox(), make_employee()
    gone = make_customer(email="gone@example.com")
    sent = write(db, gone, agent)
    report = REPORT.replace(b"<ours@lotus.example>", sent.message_id.encode())
    assert take(mailbox, report).outcome == "bounce"
    assert db.get(Mail, sent.comm_id).bounced == "550 5.1.1 No such user here"
    assert db.get(BouncedAddress, "gone@example.com").is_final
    assert db.get(BouncedAddress, "full@example.com") is None  # we never wrote there


def test_a_bounce_of_a_mail_that_we_never_sent_says_nothing(db):
    make_customer(email="gone@example.com")
    take(make_mailbox(), REPORT)
    assert db.get(BouncedAddress, "gone@example.com") is None


def test_who_writes_can_be_written_to_again(db):
    mailbox, agent = make_mailbox(), make_employee()
    gone = make_customer(email="gone@example.com")
    sent = write(db, gone, agent)
    take(mailbox, REPORT.replace(b"<ours@lotus.example>", sent.message_id.encode()))
    take(mailbox, make_mail("gone@example.com", "I am back", Message_ID=new_id()))
    assert db.get(BouncedAddress, "gone@example.com") is None


def test_the_thread_shows_no_whole_address_of_who_got_a_copy(browser, db):
    kept = take(make_mailbox(), make_mail("ada@example.com", Cc="Paula Planner <paula@example.org>"))
    thread = browser(make_employee("manager")).get(f"/conversations/{channel_of(kept).channel_id}")
    assert "copy to p****@example.org" in text_of(thread)
    assert "paula@example.org" not in thread.text
