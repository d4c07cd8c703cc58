"""Reading mails, hostile ones too: `parse` never raises, and never takes long."""

import time
from email.message import EmailMessage

import pytest

from app.mailboxes.reading.parsing import UNREADABLE, parse

HEAD = b"From: Ada <ada@example.com>\r\nTo: hello@lotus.example\r\nSubject: Lamp\r\nMessage-ID: <1@example.com>\r\n"


def test_a_plain_mail_is_read_whole():
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Cc"] = (
        '"Lovelace, Ada" <Ada@Example.com>',
        "hello@lotus.example",
        "Bob <b@x.example>",
    )
    mail["Subject"], mail["Message-ID"] = "Größe der Lampe", "<2@example.com>"
    mail["References"], mail["In-Reply-To"] = "<a@x> <b@x>", "<b@x>"
    mail["Date"] = "Sat, 21 Nov 2026 10:00:00 +0100"
    mail.set_content("How tall is it?\n\nOn Friday, Lotus wrote:\n> Here is the lamp.\n> Lotus\n")
    mail.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="plan – größe.pdf")
    read = parse(mail.as_bytes())
    assert (read.from_name, read.from_address) == ("Lovelace, Ada", "ada@example.com")
    assert read.to == ("hello@lotus.example",)
    assert read.cc == ("b@x.example",)
    assert (read.subject, read.message_id, read.answered_ids) == (
        "Größe der Lampe",
        "<2@example.com>",
        ("<b@x>", "<a@x>"),
    )
    assert read.words == "How tall is it?"
    assert read.quoted.startswith("On Friday, Lotus wrote:")
    assert [(one.name, one.content) for one in read.files] == [("plan – größe.pdf", b"%PDF-1.4 x")]
    assert read.sent_at is not None
    assert read.sent_at.hour == 9
    assert not read.automatic


def test_a_mail_of_layout_alone_has_text():
    mail = EmailMessage()
    mail["From"] = "ada@example.com"
    mail.set_content(
        "<style>p{color:red}</style><p>Hello <b>you</b></p><script>x()</script><ul><li>one<li>two</ul>", "html"
    )
    assert parse(mail.as_bytes()).words == "Hello you\n\none\ntwo"


def test_answers_between_the_lines_are_not_folded_away():
    mail = HEAD + b"\r\nOn Friday, Lotus wrote:\r\n> Which colour?\r\nBlue\r\n> Which size?\r\nSmall\r\n"
    assert parse(mail).words.endswith("Small")
    assert parse(mail).quoted == ""


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("Yes\n\n-----Original Message-----\nFrom: Lotus\nBlue?", "Yes"),
        ("Yes\n\nFrom: Lotus <l@x>\nSent: Friday\nTo: Ada\n\nBlue?", "Yes"),
        ("Yes\n\nAm 20.11.2026 um 10:00 schrieb Lotus <l@x>:\n> Blue?", "Yes"),
        ("好的\n\n在 2026年11月20日，Lotus 写道：\n> 蓝色？", "好的"),
        ("Yes\n\nOn Fri, 20 Nov 2026 at 10:00, Lotus Gifts\n<hello@lotus.example> wrote:\n\n> Blue?", "Yes"),
        ("Yes\n> Blue?\n> Lotus", "Yes"),
        ("> only quoted", "> only quoted"),
        ("The knight wrote:\nlong stories", "The knight wrote:\nlong stories"),
    ],
)
def test_history_is_folded_away(history, words):
    mail = EmailMessage()
    mail["From"] = "ada@example.com"
    mail.set_content(history)
    assert parse(mail.as_bytes()).words == words


NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000))
HOSTILE = {
    "nothing": b"",
    "no header": b"hello there",
    "only newlines": b"\r\n" * 5000,
    "nul bytes": HEAD + b"\r\na\x00b\x00c",
    "nul in headers": b"From: a\x00b@example.com\r\nSubject: \x00x\r\n\r\nhi",
    "unknown charset": HEAD + b"Content-Type: text/plain; charset=klingon-8\r\n\r\nqapla'",
    "charset that is slow": HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 200_000,
    "charset that is code": HEAD + b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\x3cscript>",
    "broken base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n!!!!not=base64=\xff\xfe",
    "strange encoding": HEAD + b"Content-Transfer-Encoding: x-nonsense\r\n\r\nhello",
    "raw 8 bit everywhere": b"From: \xff\xfe <\xe9@x>\r\nSubject: \xe9\xe8\r\nContent-Type: text/\xff\r\n\r\n\xff\xfe",
    "ten thousand parts": HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 10_000,
    "three million parts": HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n" * 3_000_000,
    "parts within parts": HEAD + NESTED,
    "mails within mails": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 2000,
    "boundary without end": HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n',
    "no boundary": HEAD + b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx",
    "huge header": b"Subject: " + b"x" * 3_000_000 + b"\r\nFrom: ada@example.com\r\n\r\nhello",
    "many headers": b"X-A: b\r\n" * 30_000 + b"\r\nhello",
    "many encoded words": HEAD + b"X: " + b"=?utf-8?q?=41?= " * 20_000 + b"\r\n\r\nhello",
    "many comments": b"From: " + b"(" * 20_000 + b"a@example.com\r\n\r\nhello",
    "many continuations": HEAD
    + b"Content-Disposition: attachment;"
    + b"".join(b" filename*%d*=utf-8''%%41;" % n for n in range(3000))
    + b"\r\n\r\nx",
    "rfc 2231 name": HEAD + b"Content-Type: application/pdf; name*=utf-8''%00..%2F..%2Fetc%2Fpasswd\r\n\r\n%PDF-",
    "bad date": HEAD + b"Date: Tue, 99 Foo 99999 99:99:99 +9999\r\n\r\nhello",
    "layout nested deep": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 150_000,
    "layout without end": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 100_000,
    "lone surrogates": HEAD + b'Content-Type: text/plain; charset="utf-16-le"\r\n\r\n\x00\xd8\x00\xd8',
    "empty addresses": b"From: <>\r\nTo: ,,,;\r\nReply-To: @\r\n\r\nhello",
    "group address": b"From: undisclosed-recipients:;\r\n\r\nhello",
    "report without parts": HEAD + b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nx",
    "quoting without end": HEAD + b"\r\n" + b"> " * 200_000,
    "introductions": HEAD + b"\r\n" + b"On " * 100_000 + b"\nwrote",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_are_read_without_harm(name):
    started = time.perf_counter()
    read = parse(HOSTILE[name])
    assert time.perf_counter() - started < 5
    for text in (read.words, read.quoted, read.subject, read.from_name, read.html, *(one.name for one in read.files)):
        assert "\x00" not in text
        text.encode()
    assert len(read.words) <= 10_000


def test_what_cannot_be_read_still_says_from_whom():
    read = parse(HOSTILE["parts within parts"])
    assert (read.from_address, read.subject) == ("ada@example.com", "Lamp")
    assert read.left_out == (UNREADABLE,)


REPORT = b"""From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: hello@lotus.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <report@mx.example.com>
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

I am sorry.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; Gone@Example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user here

Final-Recipient: rfc822; full@example.com
Action: failed
Status: 4.2.2
Diagnostic-Code: smtp; 452 4.2.2 Mailbox full
--r
Content-Type: message/rfc822

From: Lotus <hello@lotus.example>
Message-ID: <ours@lotus.example>
Subject: Your lamp

It left today.
--r--
"""


def test_a_report_says_who_was_not_reached_and_what_was_lost():
    read = parse(REPORT.replace(b"\n", b"\r\n"))
    assert [(one.address, one.status, one.is_final) for one in read.bounces] == [
        ("gone@example.com", "5.1.1", True),
        ("full@example.com", "4.2.2", False),
    ]
    assert read.bounces[0].reason == "550 5.1.1 No such user here"
    assert read.answered_ids == ("<ours@lotus.example>",)
    assert read.automatic


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied (vacation)",
        "Precedence: bulk",
        "X-Autoreply: yes",
        "List-Id: <news.example.com>",
        "Return-Path: <>",
        "From: no-reply@example.com",
    ],
)
def test_what_programs_write_is_told_apart(line):
    assert parse(f"{line}\r\n".encode() + HEAD + b"\r\nhello").automatic


def test_what_people_write_is_not():
    assert not parse(b"Auto-Submitted: no\r\nReturn-Path: <ada@example.com>\r\n" + HEAD + b"\r\nhello").automatic


@pytest.mark.parametrize(
    "line",
    [
        b'filename="=?utf-8?q?gr=C3=B6=C3=9Fe.pdf?="',
        b"filename*=utf-8''gr%C3%B6%C3%9Fe.pdf",
        b"filename*0*=utf-8''gr%C3%B6; filename*1*=%C3%9Fe.pdf",
        'filename="größe.pdf"'.encode(),
    ],
)
def test_a_file_has_its_name_however_it_was_written(line):
    mail = HEAD + b"Content-Type: application/pdf\r\nContent-Disposition: attachment; " + line + b"\r\n\r\n%PDF-1.4"
    assert [one.name for one in parse(mail).files] == ["größe.pdf"]


def test_a_mail_within_a_mail_is_kept_as_it_came():
    inner = "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\nX-Long: " + "word " * 60 + "\n\nIt is größe.\n"
    mail = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + inner.encode()
    kept = parse(mail).files[0]
    assert (kept.name, kept.media_type) == ("message.eml", "message/rfc822")
    assert kept.content.decode().split() == inner.split()


def test_a_head_that_was_not_encoded_is_read_all_the_same():
    read = parse("From: Größe <ada@example.com>\r\nSubject: Größe der Lampe\r\n\r\nhello".encode())
    assert (read.from_name, read.subject) == ("Größe", "Größe der Lampe")
    assert parse("Subject: Größe\r\n\r\nhello".encode("latin-1")).subject == "Größe"
