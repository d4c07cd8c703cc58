"""How long a text message is: in how many pieces a phone network carries it.

Source: 3GPP TS 23.038 (the GSM 7-bit alphabet and its extension) and TS 23.040 (concatenation).
"""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
GSM_ALONE, GSM_JOINED = 160, 153
UCS_ALONE, UCS_JOINED = 70, 67


@dataclass(frozen=True)
class Length:
    """Units of a message, and in how many pieces it goes. `odd`: the characters that make it a long one."""

    units: int
    pieces: int
    room: int
    odd: str


def measure(text: str) -> Length:
    """Count a text as it goes over the air; one character beyond the GSM alphabet halves what a piece holds."""
    odd = "".join(dict.fromkeys(one for one in text if one not in BASIC and one not in EXTENDED))
    if odd:
        units, alone, joined = len(text.encode("utf-16-be")) // 2, UCS_ALONE, UCS_JOINED
    else:
        units, alone, joined = len(text) + sum(one in EXTENDED for one in text), GSM_ALONE, GSM_JOINED
    pieces = 1 if units <= alone else -(-units // joined)
    return Length(units, pieces, alone if pieces == 1 else pieces * joined, odd)
