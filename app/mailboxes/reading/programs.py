"""Which mails programs wrote, and what reports say of failed deliveries (RFC 3464) and complaints (RFC 5965)."""

import re
from collections.abc import Iterator
from email.message import Message

from app.mailboxes.reading.heads import ADDRESS, Headers, addresses_of, first, ids_of, text_of
from app.mailboxes.reading.parsed import Bounce
from app.mailboxes.reading.texts import plain

BULK = ("bulk", "junk", "list", "auto_reply", "auto-reply")
LISTS = ("list-id", "list-unsubscribe", "list-post")
ANSWERERS = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply", "x-mail-autoreply", "x-loop")
ROBOTS = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([-+].*)?@.*")
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
LONGEST_REASON = 300
MOST_BOUNCES = 20


def why_automatic(headers: Headers, sender: str) -> str:
    """Why a program wrote it, for people; "" when a person did."""
    said = first(headers, "auto-submitted").split(";")[0].strip().lower()
    if said and said != "no":
        return "It says that a program sent it."
    if first(headers, "content-type").lower().startswith("multipart/report"):
        return "It is a report on a delivery."
    if first(headers, "precedence").strip().lower() in BULK or any(headers.get(name) for name in LISTS):
        return "It was sent to many."
    if any(headers.get(name) for name in ANSWERERS):
        return "It is an automatic reply."
    if first(headers, "return-path").replace(" ", "") == "<>":
        return "It wants no answer."
    return "It comes from an address that nobody reads." if ROBOTS.fullmatch(sender) else ""


def failed_checks(headers: Headers) -> bool:
    """Our own mail server found that it does not come from where it says (DMARC); its line stands on top."""
    return bool(re.search(r"\bdmarc\s*=\s*fail\b", first(headers, "authentication-results"), re.IGNORECASE))


def bounces_of(message: Message, headers: Headers) -> tuple[tuple[Bounce, ...], tuple[str, ...]]:
    """Which addresses a report says were not reached, and the ids of the mails that did not arrive."""
    bounces = list(_reported(message))[:MOST_BOUNCES]
    if not bounces:
        failed = addresses_of(headers, "x-failed-recipients")
        bounces = [
            Bounce(address, "5.0.0", text_of(headers, "subject")[:LONGEST_REASON], True) for _, address in failed
        ]
    return tuple(bounces), (_returned_ids(message) or tuple(ids_of(headers, "in-reply-to"))) if bounces else ()


def _reported(message: Message) -> Iterator[Bounce]:
    for part in _parts(message, "message/delivery-status"):
        for block in parts_of(part):
            found = _bounce(block)
            if found is not None:
                yield found
    for part in _parts(message, "message/feedback-report"):
        for block in parts_of(part):
            fields = _fields(block)
            if fields.get("feedback-type", "").strip().lower() == "abuse":
                address = fields.get("original-rcpt-to", "").strip().strip("<>").lower()
                yield Bounce(address, "abuse", "Reported as unwanted", True, is_complaint=True)


def _bounce(block: Message) -> Bounce | None:
    fields = _fields(block)
    action = fields.get("action", "").lower()
    recipient = fields.get("original-recipient") or fields.get("final-recipient") or ""
    address = recipient.rpartition(";")[2].strip().strip("<>").lower()
    if action not in ("failed", "delayed") or not ADDRESS.fullmatch(address):
        return None
    status = STATUS.search(fields.get("status", ""))
    code = status[1] if status else ("5.0.0" if action == "failed" else "4.0.0")
    words = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get("diagnostic-code", "")
    return Bounce(address, code, words[:LONGEST_REASON], action == "failed" and not code.startswith("4"))


def _fields(block: Message) -> dict[str, str]:
    return {str(name).lower(): plain(str(value)) for name, value in block.raw_items()}  # type: ignore[attr-defined]


def _returned_ids(message: Message) -> tuple[str, ...]:
    found = []
    for kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        for part in _parts(message, kind):
            inner = parts_of(part)
            lines = [f"{name}: {value}\n" for one in inner[:1] for name, value in one.raw_items()]  # type: ignore[attr-defined]
            text = "".join(lines) if inner else str(part.get_payload())[:100_000]
            found.extend(MESSAGE_ID.findall(text))
    return tuple(dict.fromkeys(found))


def _parts(message: Message, kind: str) -> Iterator[Message]:
    """The direct parts of a report of one kind."""
    for part in parts_of(message):
        if part.get_content_type() == kind:
            yield part


def parts_of(message: Message) -> list[Message]:
    """The parts of a message that has some."""
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
