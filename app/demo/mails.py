"""The demo's mailbox: a few conversations by email, one of them answered, one that came back."""

from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.actions import channels
from app.conversations.models import Channel, Pair
from app.core.access import SYSTEM
from app.core.db import db
from app.mailboxes.actions import sending, taking
from app.mailboxes.actions.keeping import Arrived
from app.mailboxes.actions.mailboxes import MailboxDetails, add_mailbox
from app.mailboxes.models import Mailbox
from app.people import actions as people
from app.people.models import Customer

ADDRESS = "hello@lotus.example"
SIGNATURE = "Lotus Gifts\n12 Market Street, Leeds"
LAYOUT = """
<div style="font-family: Georgia, serif; max-width: 560px">
<h2 style="color: #7a3e9d">A table for twelve</h2>
<p>Dear Lotus,</p>
<p>we found <b>your candle holders</b> in a magazine and would like twelve for our wedding:</p>
<table border="1" cellpadding="6">
<tr><th align="left">What</th><th>How many</th></tr>
<tr><td>Candle holder, brass</td><td align="right">12</td></tr>
<tr><td>Candles, ivory</td><td align="right">36</td></tr>
</table>
<p><img src="https://pictures.example/table.jpg" alt="Our table" width="320"></p>
<p>Could they be here by June?</p></div>
"""
BOUNCE = """From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: {ours}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <returned.1@mx.example.com>
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

This mail could not be delivered.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {gone}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 Nobody of this name here

--r
Content-Type: text/rfc822-headers

Message-ID: {lost}

--r--
"""


def fill_mailbox(agent_id: UUID) -> None:
    """Set up the mailbox, and let mails come and go."""
    agent = sign_ins.actor_for(agent_id)
    assert agent is not None
    said = MailboxDetails(ADDRESS, "Lotus Gifts", signature=SIGNATURE, auto_reply="", is_default=True)
    mailbox = add_mailbox(said, actor=SYSTEM)
    _take(mailbox, _mail("Noor Haddad <noor.haddad@example.com>", "A table for twelve", NOOR, layout=LAYOUT))
    _take(mailbox, _mail("Tom Baker <tom.baker@example.com>", "Invoice for the office", INVOICE, paper=True))
    channel = _take(mailbox, _mail("Ines Costa <ines.costa@example.com>", "Ribbons and paper", WRAPPING))
    channels.accept_channel(channel, actor=agent)
    customer = db.session.get_one(Customer, channel.customer_id)
    draft = sending.Draft("Re: Ribbons and paper", "Yes, in six colours. Shall I send you pictures?")
    answer = sending.send_mail(customer, draft, actor=agent, channel=channel)
    quoted = "Yes please!\n\nOn Saturday, Lotus Gifts wrote:\n> Yes, in six colours. Shall I send you pictures?\n"
    _take(
        mailbox,
        _mail("Ines Costa <ines.costa@example.com>", "Re: Ribbons and paper", quoted, answers=answer.message_id),
    )
    _come_back(mailbox, agent_id)


NOOR = "Dear Lotus,\n\nwe would like twelve of your candle holders for our wedding. Could they be here by June?"
INVOICE = "Good morning,\n\nour accounts department asks for the attached order form to be filled in.\n\nTom"
WRAPPING = "Hello,\n\ndo you wrap gifts, and in which colours?\n\nInes"


def _come_back(mailbox: Mailbox, agent_id: UUID) -> None:
    agent = sign_ins.actor_for(agent_id)
    assert agent is not None
    details = people.CustomerDetails("Olu", "Adeyemi", "olu.adeyemi@gone.example")
    customer = people.register_customer(details, actor=SYSTEM, source="Market stall")
    draft = sending.Draft("Your vase is ready", "Dear Olu,\n\nyour vase is ready to be picked up.")
    lost = sending.send_mail(customer, draft, actor=agent)
    report = BOUNCE.format(ours=ADDRESS, gone=customer.email, lost=lost.message_id)
    taking.take_in(mailbox, Arrived(report.encode(), "demo"))


def _take(mailbox: Mailbox, mail: EmailMessage) -> Channel:
    kept = taking.take_in(mailbox, Arrived(mail.as_bytes(), "demo"))
    assert kept is not None
    found = select(Channel).join(Pair, Pair.channel_id == Channel.channel_id).where(Pair.comm_id == kept.comm_id)
    return db.session.scalars(found).one()


def _mail(
    sender: str, subject: str, words: str, *, layout: str = "", paper: bool = False, answers: str | None = None
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ADDRESS, subject
    mail["Message-ID"] = f"<{subject.encode().hex()}@example.com>"
    if answers:
        mail["In-Reply-To"] = answers
    mail.set_content(words)
    if layout:
        mail.add_alternative(layout, subtype="html")
    if paper:
        form = b"Order form\nCompany: Baker & Sons\n"
        mail.add_attachment(form, maintype="text", subtype="plain", filename="order-form.txt")
    return mail
