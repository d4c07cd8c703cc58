"""What IMAP servers answer, in the shapes that RFC 9051 allows."""

import pytest

from app.mailboxes.fetching import CannotFetch, Folder, Inbox


class Server:
    """Answers every command the same."""

    def __init__(self, *answer, state="OK"):
        self.state, self.answer, self.asked = state, list(answer), []

    def uid(self, command, *arguments):
        self.asked.append((command, *arguments))
        return self.state, self.answer


def inbox(*answer, **more):
    server = Server(*answer, **more)
    return Inbox(server, Folder(1, 10)), server


@pytest.mark.parametrize(
    "answer",
    [
        [(b"1 (UID 7 BODY[] {5}", b"hello"), b")", (b"2 (UID 9 BODY[] {5}", b"again"), b")"],
        [(b"1 (BODY[] {5}", b"hello"), b" UID 7)", (b"2 (BODY[] {5}", b"again"), b" UID 9)"],
        [(b"2 (UID 9 BODY[] {5}", b"again"), b")", b"3 (FLAGS (\\Seen))", (b"1 (UID 7 BODY[] {5}", b"hello"), b")"],
    ],
)
def test_each_mail_has_its_number_wherever_that_stands(answer):
    box, server = inbox(*answer)
    assert box.fetch([7, 9]) == {7: b"hello", 9: b"again"}
    assert server.asked == [("FETCH", "7,9", "(BODY.PEEK[])")]


def test_what_is_gone_meanwhile_is_left_out():
    assert inbox(b"1 (UID 7 RFC822.SIZE 512)", b"2 (RFC822.SIZE 44 UID 9)")[0].sizes([7, 8, 9]) == {7: 512, 9: 44}
    assert inbox(None)[0].sizes([7]) == {}
    assert inbox(None)[0].fetch([7]) == {}


def test_a_refusal_is_said_in_the_servers_words():
    with pytest.raises(CannotFetch, match="The server refused FETCH: Busy"):
        inbox(b"Busy", state="NO")[0].fetch([7])
