"""What a canned reply may hold in braces, and how it is filled in. Plain values in, plain values out."""

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{\s*([^{}]*?)\s*\}")
MEANINGS = {
    "customer.first_name": "The customer’s first name",
    "customer.name": "The customer’s whole name",
    "me.first_name": "Your first name",
    "me.name": "Your whole name",
    "shop.name": "The shop’s name",
    "conversation.topic": "What the conversation is about",
}
SAMPLE = {
    "customer.first_name": "Carla",
    "customer.name": "Carla Moreau",
    "me.first_name": "Ada",
    "me.name": "Ada Lovelace",
    "shop.name": "Your shop",
    "conversation.topic": "My last order",
}


def unknown_in(body: str) -> list[str]:
    """The words in braces that mean nothing, each once."""
    return list(dict.fromkeys(word for word in PLACEHOLDER.findall(body) if word not in MEANINGS))


def fill(body: str, values: Mapping[str, str]) -> str:
    """The text with what the placeholders mean here; one without a value leaves nothing behind."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], ""), body)
