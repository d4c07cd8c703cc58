"""T099: at most one automatic reply for each sender a day, however programs answer each other."""

from datetime import timedelta
from email import message_from_bytes, policy

from sqlalchemy import func, select, update

from app.conversations.models import Email
from app.core.clock import now
from app.mailboxes.models import AutoReply
from app.mailboxes.reading.parsing import parse
from tests.mailboxes.cast import channel_of, emails_in, make_mail, make_mailbox, take


def replies(db):
    return db.scalar(select(func.count()).select_from(Email).where(Email.sender_id.is_(None)))


def test_an_automatic_reply_says_so_and_is_nobodys_word(db, mailbox, work):
    box = make_mailbox(auto_reply="We have your mail.")
    mail = make_mail()
    channel = channel_of(take(box, mail))
    work()
    sent = mailbox.to("ada@example.com")[0]
    assert (sent["Auto-Submitted"], sent["In-Reply-To"]) == ("auto-replied", mail["Message-ID"])
    assert parse(sent.as_bytes()).automatic
    assert channel.unanswered_since is not None
    assert channel.first_response_at is None
    assert [email.content for email in emails_in(channel)] == ["Hello", "We have your mail."]


def test_one_a_day_for_each_address(db):
    box = make_mailbox(auto_reply="We have your mail.")
    for number in range(5):
        take(box, make_mail(Subject=f"Matter {number}"))
    take(box, make_mail("eve@example.com"))
    assert replies(db) == 2
    db.execute(update(AutoReply).values(replied_at=now() - timedelta(hours=25)))
    take(box, make_mail(Subject="The next day"))
    assert replies(db) == 3


def test_programs_and_doubtful_senders_get_none(db):
    box = make_mailbox(auto_reply="We have your mail.")
    take(box, make_mail("away@example.com", Auto_Submitted="auto-replied"))
    take(box, make_mail("list@example.com", Precedence="bulk"))
    take(box, make_mail("forged@example.com", Authentication_Results="mx; dmarc=fail"))
    take(box, make_mail("bounce@example.com", Return_Path="<>"))
    assert replies(db) == 0


def test_two_of_us_that_face_each_other_stop_at_once(db, mailbox, work):
    here = make_mailbox("hello@lotus.example", auto_reply="Lotus has your mail.")
    take(here, make_mail("hello@other.example"))
    rounds = 0
    while True:
        work()
        if not mailbox.messages:
            break
        rounds += 1
        assert rounds < 5
        outgoing = mailbox.messages.pop()
        said = parse(outgoing.as_bytes())
        assert said.automatic  # the other one sees that, too; a worse one answers all the same:
        answer = make_mail("hello@other.example", "Thank you for your mail.", Subject=f"Ticket {rounds}")
        take(here, message_from_bytes(answer.as_bytes(), policy=policy.default))
    assert rounds == 1
