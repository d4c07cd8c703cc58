"""One transport for all mail: many letters on few connections, and the truth about each of them."""

import pytest

from app.engine.smtp.server import Server, Unreachable
from app.engine.smtp.transport import Letter, Transport
from tests.fakes.smtp import Manners, mail_server
from tests.mail_server import free_port

SENDER = "shop@lotus.example"


def letter(number: int, to: str = "", text: str = "Hello") -> Letter:
    content = f"Subject: {number}\r\n\r\n{text}\r\n".encode()
    return Letter(SENDER, [to or f"person{number}@example.com"], lambda _takes_8bit: content)


def deliver(server, letters, connections=1):
    transport = Transport(Server("127.0.0.1", server.port), connections)
    try:
        return transport.deliver(letters)
    finally:
        transport.close()


def codes(results):
    return [result.reply.code for result in results]


def test_letters_arrive_in_one_write_each():
    with mail_server() as server:
        assert codes(deliver(server, [letter(number) for number in range(50)])) == [250] * 50
    assert [one.recipients for one in server.kept] == [[f"person{number}@example.com"] for number in range(50)]
    assert server.connections == 1
    assert server.reads <= 1 + 50 + 1 + 1  # EHLO, the first offer, each content with the next offer, QUIT


def test_a_server_that_takes_one_command_at_a_time_gets_one_at_a_time():
    with mail_server(Manners(offers=("8BITMIME",))) as server:
        assert codes(deliver(server, [letter(number) for number in range(5)])) == [250] * 5
    assert server.reads >= 1 + 5 * 4
    assert len(server.kept) == 5


def test_several_connections_share_the_work():
    with mail_server() as server:
        assert codes(deliver(server, [letter(number) for number in range(100)], connections=4)) == [250] * 100
    assert server.connections == 4
    assert sorted(one.recipients[0] for one in server.kept) == sorted(
        f"person{number}@example.com" for number in range(100)
    )


@pytest.mark.parametrize("goes_on", [False, True])
@pytest.mark.parametrize("offers", [("PIPELINING",), ("8BITMIME",)])
def test_a_refused_recipient_spoils_nothing_for_the_others(goes_on, offers):
    refusals = {"person1@example.com": "550 5.1.1 No such user", "person3@example.com": "451 4.7.1 Greylisted"}
    with mail_server(Manners(offers=offers, refusals=refusals, goes_on_for_nobody=goes_on)) as server:
        results = deliver(server, [letter(number) for number in range(6)])
    assert codes(results) == [250, 550, 250, 451, 250, 250]
    assert results[1].reply.words == "5.1.1 No such user"
    assert len(server.kept) == 4


def test_of_several_recipients_each_is_told_apart():
    with mail_server(Manners(refusals={"gone@example.com": "550 5.1.1 Gone"})) as server:
        content = b"Subject: x\r\n\r\nHello\r\n"
        (result,) = deliver(server, [Letter(SENDER, ["here@example.com", "gone@example.com"], lambda _: content)])
    assert result.reply.code == 250
    assert result.refused["gone@example.com"].code == 550
    assert server.kept[0].recipients == ["here@example.com"]


def test_a_refused_sender_is_no_fault_of_the_recipient():
    with mail_server(Manners(refusals={SENDER: "550 5.7.1 Not yours"})) as server:
        (result,) = deliver(server, [letter(1)])
    assert (result.reply.code, result.is_about_sender) == (550, True)


def test_a_server_that_hangs_up_after_some_letters_is_dialled_again():
    with mail_server(Manners(hang_up_after=7)) as server:
        assert codes(deliver(server, [letter(number) for number in range(40)])) == [250] * 40
    assert len(server.kept) == 40
    assert server.connections == 6


def test_a_connection_lost_before_the_content_is_tried_again_and_nothing_goes_twice():
    with mail_server(Manners(drop_before={3})) as server:
        assert codes(deliver(server, [letter(number) for number in range(6)])) == [250] * 6
    assert len({one.content for one in server.kept}) == len(server.kept) == 6


def test_what_was_sent_whole_and_never_answered_is_unknown_and_not_sent_again():
    with mail_server(Manners(drop_at={2})) as server:
        results = deliver(server, [letter(number) for number in range(6)])
    assert [result.is_unknown for result in results] == [False, False, True, False, False, False]
    assert codes(results) == [250, 250, 0, 250, 250, 250]
    assert len(server.kept) == 5


def test_a_server_that_always_hangs_up_is_given_up():
    with mail_server(Manners(drop_before=set(range(100)))) as server:
        results = deliver(server, [letter(number) for number in range(4)])
    assert codes(results) == [0] * 4
    assert not any(result.is_unknown for result in results)


def test_a_refused_content_keeps_its_words():
    with mail_server(Manners(replies={1: "554 5.6.0 Spam"})) as server:
        results = deliver(server, [letter(number) for number in range(3)])
    assert codes(results) == [250, 554, 250]
    assert not results[1].refused


def test_what_is_no_reply_is_taken_for_none():
    with mail_server(Manners(replies={1: "250-Queued\r\nas 17"})) as server:
        results = deliver(server, [letter(number) for number in range(3)])
    assert [result.is_unknown for result in results] == [False, True, False]
    assert codes(results) == [250, 0, 250]


def test_dots_arrive_as_they_were_written():
    text = ".\r\n..two\r\n.end\r\nlast."
    with mail_server() as server:
        deliver(server, [letter(1, text=text)])
    assert server.kept[0].content.partition(b"\r\n\r\n")[2] == text.encode() + b"\r\n"


@pytest.mark.parametrize("address", ["a@b.c>\r\nRCPT TO:<evil@x.y", "a b@c.d", "nobody", "", "<a@b.c>", "a@b.c\n"])
def test_an_address_never_becomes_a_command(address):
    with mail_server() as server:
        results = deliver(server, [letter(1), Letter(SENDER, [address], lambda _: b"x\r\n"), letter(2)])
    assert codes(results) == [250, 553, 250]
    assert len(server.kept) == 2


def test_an_address_beyond_ascii_waits_for_a_server_that_takes_it():
    with mail_server() as server:
        assert codes(deliver(server, [letter(1, to="jürgen@example.com")])) == [553]
    with mail_server(Manners(offers=("PIPELINING", "8BITMIME", "SMTPUTF8"))) as server:
        assert codes(deliver(server, [letter(1, to="jürgen@example.com")])) == [250]


def test_connections_are_kept_between_deliveries_and_replaced_when_they_end():
    with mail_server() as server:
        transport = Transport(Server("127.0.0.1", server.port))
        transport.deliver([letter(1)])
        transport.deliver([letter(2)])
        assert server.connections == 1
        server.manners.hang_up_after = 2
        assert codes(transport.deliver([letter(3), letter(4)])) == [250, 250]
        assert server.connections == 2
        transport.close()


def test_nobody_at_home_is_said_at_once():
    with pytest.raises(Unreachable, match="cannot be reached"):
        Transport(Server("127.0.0.1", free_port())).deliver([letter(1)])
