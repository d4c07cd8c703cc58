"""Encryption against the example of the standard, and against a browser that was written without our code."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.engine.push import encryption
from app.engine.push.encryption import LARGEST, Reader, decode, encode, encrypt
from tests.fakes.push_service import FakeBrowser, pad

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
READER = Reader(
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg"
)
PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_standard():
    private = ec.derive_private_key(int.from_bytes(decode(PRIVATE)), ec.SECP256R1())
    assert encode(encrypt(PLAIN, READER, salt=decode(SALT), private=private)) == BODY


def test_each_message_has_keys_of_its_own_and_the_browser_reads_the_longest():
    browser = FakeBrowser("")
    reader = Reader(pad(browser.point), pad(browser.secret))
    bodies = [encrypt(b"x" * LARGEST, reader) for _time in range(2)]
    assert bodies[0] != bodies[1]
    assert [browser.decrypt(body) for body in bodies] == [b"x" * LARGEST] * 2
    assert len(bodies[0]) == 4096
    with pytest.raises(ValueError, match="longer"):
        encrypt(b"x" * (LARGEST + 1), reader)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", READER.auth),
        (READER.p256dh, ""),
        (READER.p256dh[:-4], READER.auth),
        ("B" + "A" * 86, READER.auth),
        ("ä", "b"),
    ],
)
def test_keys_that_are_none_are_refused(p256dh, auth):
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        encryption.check(Reader(p256dh, auth))
