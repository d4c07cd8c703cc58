"""The demo company's templates: a welcome, thanks for a purchase, an offer to who stayed away, and a late invoice."""

from typing import Any
from uuid import UUID

from app.accounts import sign_ins
from app.core.access import Actor
from app.reach.channels.base import CHANNELS, Channel
from app.reach.messages import queries
from app.reach.messages.actions import templates, types
from app.reach.messages.actions.templates import TemplateDetails

WELCOME = {
    "email": {
        "en": {
            "subject": "Welcome to {shop.name}, {customer.first_name|and thank you}",
            "preheader": "What you can do with your account, and who is here for you",
            "body": "Hello {customer.first_name|there},\n\n"
            "good to have you with us. With your account you can\n\n"
            "- see your orders and receipts in one place,\n"
            "- write to us in a chat and find all of it again,\n"
            "- say yourself what we may write to you about.\n\n"
            "{if customer.owner}\n**{customer.owner}** looks after you here, and is glad to hear from you.\n{end}\n\n"
            "Your team of {shop.name}",
            "button_label": "Look at your account",
            "button_url": "https://shop.example/portal",
        }
    },
    "in_app": {
        "en": {
            "title": "Welcome, {customer.first_name|and thank you}",
            "body": "Your orders, receipts and chats are all here.",
            "url": "/portal",
        }
    },
}
THANKS = {
    "email": {
        "en": {
            "subject": "Thank you for your purchase",
            "preheader": "Your receipt {event.number} is in your account",
            "body": "Dear {customer.first_name|customer},\n\n"
            "thank you for buying with us{if customer.company}, also in the name of {customer.company}{end}."
            " Your receipt **{event.number}** is in your account whenever you need it.\n\n"
            "Is anything not as it should be? Send it back within 30 days, in anything that closes.",
            "button_label": "See the receipt",
            "button_url": "https://shop.example/portal/receipts",
        }
    },
    "sms": {
        "en": {"body": "{shop.name}: thank you for your purchase. Your receipt {event.number} is in your account."}
    },
}
MISSED = {
    "email": {
        "en": {
            "subject": "{customer.first_name|Hello}, we have missed you",
            "preheader": "10% on everything for the home, until the end of the month",
            "body": "Hello {customer.first_name|there},\n\n"
            "it has been a while, so here is a reason to come by: **10% on everything for the home**"
            " until the end of the month.\n\n"
            "{if customer.country is United Kingdom}\nPosting within the United Kingdom is on us.\n{else}\n"
            "We post to {customer.country|your country}, too, and pack it well.\n{end}\n\n"
            "> Say “lantern” in the shop or type it as you pay.",
            "button_label": "See what is new",
            "button_url": "https://shop.example/new?from={customer.reference|mail}",
        },
        "de": {
            "subject": "{customer.first_name|Hallo}, wir haben Sie vermisst",
            "preheader": "10 % auf alles für Ihr Zuhause, bis zum Monatsende",
            "body": "Guten Tag {customer.name|und willkommen zurück},\n\n"
            "es ist eine Weile her. Darum ein Grund, vorbeizuschauen: **10 % auf alles für Ihr Zuhause**"
            " bis zum Monatsende.\n\n"
            "> Sagen Sie im Laden „Laterne“ oder geben Sie es beim Bezahlen ein.",
            "button_label": "Neues ansehen",
            "button_url": "https://shop.example/de/neu",
        },
    },
    "in_app": {
        "en": {"title": "10% on everything for the home", "body": "Until the end of the month. The word is: lantern."},
        "de": {"title": "10 % auf alles für Ihr Zuhause", "body": "Bis zum Monatsende. Das Wort: Laterne."},
    },
}
OPENING = {
    "popup": {
        "en": {
            "title": "Open until eight on Thursday, {customer.first_name|neighbour}",
            "body": "The store room opens its doors: candles, blankets and a glass of something.",
            "url": "/portal/shop",
        }
    },
}
LATE = {
    "email": {
        "en": {
            "subject": "Your invoice {event.number} is due",
            "preheader": "It was due {event.days|some} days ago",
            "body": "Dear {customer.name|customer},\n\n"
            "our invoice **{event.number}** was due {event.days|some} days ago, and we have not seen a payment yet."
            " If it is on its way, please forget this letter.\n\n"
            "{if customer.company}\nDoes another department of {customer.company} pay it? Please hand this on.\n{end}\n"
            "\n"
            "With questions just answer this mail{if customer.owner}, or ask for {customer.owner}{end}.",
            "look": "plain",
        }
    },
}


def write_templates(manager_id: UUID) -> None:
    """Write them, the first with a version before, as somebody who looked at it again left it."""
    manager = sign_ins.actor_for(manager_id)
    assert manager is not None  # hired a moment ago
    types.make_usual(actor=manager)
    kinds = {one.key: one.message_type_id for one in queries.list_types()}
    first = {"email": {"en": {**WELCOME["email"]["en"], "preheader": "What you can do with your account"}}}
    welcome = _write("Welcome", kinds["service"], first, manager)
    templates.write_version(welcome, _possible(WELCOME), comment="Also inside the application", actor=manager)
    _write("Thanks for a purchase", kinds["transactional"], THANKS, manager)
    _write("We have missed you", kinds["marketing"], MISSED, manager)
    _write("Late opening", kinds["service"], OPENING, manager)
    _write("Late invoice", kinds["service"], LATE, manager)


def _write(name: str, kind: UUID, contents: dict[str, Any], actor: Actor) -> Any:
    return templates.create_template(TemplateDetails(name, kind), _possible(contents), actor=actor)


def _possible(contents: dict[str, Any]) -> dict[str, Any]:
    """The words for the channels there are, and the parts they have."""
    return {
        channel: {locale: _of(CHANNELS[channel], texts) for locale, texts in sheets.items()}
        for channel, sheets in contents.items()
        if channel in CHANNELS
    }


def _of(channel: Channel, texts: dict[str, str]) -> dict[str, str]:
    return {part.key: texts[part.key] for part in channel.parts if part.key in texts}
