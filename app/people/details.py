"""What people type about people, made plain: names, emails, phone numbers.

Each function returns the value as it is stored, "" becoming None where a value may be
absent. Raises: Invalid with the sentence for the field.
"""

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from app.core.errors import Invalid
from app.core.texts import plain_text

LONGEST_NAME = 200
LONGEST_ADDRESS = 1000
NO_COUNTRY = "ZZ"
HIDDEN = "****"
EMAILS = re.compile(r"<?\S+@\S+>?")
PHONES = re.compile(r"\+?\d[\d ()./-]{6,}\d")


def name(text: str) -> str:
    """A first or last name, on one line."""
    return " ".join(plain_text(text, LONGEST_NAME).split())


def email(text: str) -> str | None:
    """An address that can exist; nobody is asked whether it does."""
    text = text.strip()
    if not text:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Invalid("Enter an address such as name@example.com.") from None


def phone(text: str, country: str) -> str | None:
    """A number with its country, as +442079460000. `country` is assumed when the text names none."""
    text = text.strip()
    if not text:
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise Invalid("Enter a phone number such as +44 20 7946 0000.") from None
    if not phonenumbers.is_possible_number(number):
        raise Invalid("This number is too short or too long. Include the country, such as +44 20 7946 0000.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def address(text: str) -> str | None:
    """A postal address, in as many lines as it has."""
    return plain_text(text, LONGEST_ADDRESS) or None


@lru_cache(maxsize=10_000)
def readable_phone(stored: str | None) -> str:
    """A stored number as people write it: +44 20 7946 0000."""
    if not stored:
        return ""
    try:
        number = phonenumbers.parse(stored)
    except phonenumbers.NumberParseException:
        return stored
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def national_digits(stored: str) -> str:
    """The digits of a stored number without its country."""
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(stored))
    except phonenumbers.NumberParseException:
        return "".join(character for character in stored if character.isdigit())


def masked_email(email: str | None) -> str:
    """a****@example.com"""
    if not email:
        return ""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}{HIDDEN}@{domain}"


def without_emails(words: str) -> str:
    """What a mail server says, with no address in it: not everybody who reads it may see them."""
    return EMAILS.sub("(the address)", words)


def without_phones(words: str) -> str:
    """The same of numbers."""
    return PHONES.sub("(the number)", words)
