"""Mails made from a skeleton are read by a parser as they were meant, whatever is put into them."""

from email import message_from_bytes, policy

import pytest

from app.engine.smtp.mime import Skeleton, Words, whole_lines

SKELETON = Skeleton("Lotus Gifts · Café <hello@lotus.example>")


def read(words: Words, *, takes_8bit=True, to="ada@example.com"):
    return message_from_bytes(raw(words, takes_8bit=takes_8bit, to=to), policy=policy.default)


def raw(words: Words, *, takes_8bit=True, to="ada@example.com"):
    return SKELETON.fill(to, "12-abc", words, takes_8bit)


def body(message, kind):
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


@pytest.mark.parametrize("takes_8bit", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "Hello\nAda",
        "Héllo\n…\n\n你好 Ada",
        "x" * 5000,
        "é" * 3000,
        "line\r\nwith\rall\nends",
        ".",
        "a\n.\nb\n",
        " tail \n\t",
    ],
)
def test_what_was_written_is_what_is_read(text, takes_8bit):
    content = raw(Words("Hi", text, f"<p>{text}</p>"), takes_8bit=takes_8bit)
    assert whole_lines(content) == content
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert takes_8bit or content.isascii()
    message = message_from_bytes(content, policy=policy.default)
    meant = text.replace("\r\n", "\n").replace("\r", "\n")
    assert body(message, "plain") == meant
    assert body(message, "html") == f"<p>{meant}</p>"


@pytest.mark.parametrize(
    "subject",
    ["News", "Für dich: 20 % 🎁", "你好，" * 60, "=?utf-8?q?trick?=", "long " * 60, "tab\tand\x00bell\x07", ""],
)
def test_any_subject_is_one_header(subject):
    message = read(Words(subject, "x"))
    plain = "".join(" " if ord(one) < 32 else one for one in subject)
    assert " ".join(str(message["Subject"] or "").split()) == " ".join(plain.split())
    assert message["To"] == "ada@example.com"


def test_nothing_ends_a_header():
    attack = "x\r\nBcc: everybody@example.com\r\n\r\nBody"
    message = read(Words(attack, "x", "<p>x</p>", f"https://crm.test/u/1{attack}"))
    assert message["Bcc"] is None
    assert message["List-Unsubscribe"] is None
    assert message.get_body(("html",)) is not None


def test_a_reader_finds_the_way_out_and_the_same_name_at_each_try():
    words = Words("Hi", "x", unsubscribe="https://crm.test/u/abc")
    message = read(words)
    assert message["List-Unsubscribe"] == "<https://crm.test/u/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"] == read(words)["Message-ID"] == "<12-abc@lotus.example>"
    assert message["From"].addresses[0].display_name == "Lotus Gifts · Café"
    assert message["Date"].datetime is not None
    assert message.get_content_type() == "text/plain"


@pytest.mark.parametrize("sender", ["", "nobody", "a@b.c, d@e.f", "Name <>", "x\r\nBcc: a@b.c"])
def test_what_is_no_sender_is_refused(sender):
    with pytest.raises(ValueError, match="not a sender"):
        Skeleton(sender)
