"""Days, moments, amounts and numbers as people write them in their own language."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_decimal

USUAL = "en_001"
YES_AND_NO = {
    "ar": ("نعم", "لا"), "bg": ("да", "не"), "ca": ("sí", "no"), "cs": ("ano", "ne"), "da": ("ja", "nej"),
    "de": ("ja", "nein"), "el": ("ναι", "όχι"), "en": ("yes", "no"), "es": ("sí", "no"), "et": ("jah", "ei"),
    "fa": ("بله", "خیر"), "fi": ("kyllä", "ei"), "fr": ("oui", "non"), "he": ("כן", "לא"), "hi": ("हाँ", "नहीं"),
    "hr": ("da", "ne"), "hu": ("igen", "nem"), "id": ("ya", "tidak"), "it": ("sì", "no"), "ja": ("はい", "いいえ"),
    "ko": ("예", "아니요"), "lt": ("taip", "ne"), "lv": ("jā", "nē"), "nb": ("ja", "nei"), "nl": ("ja", "nee"),
    "pl": ("tak", "nie"), "pt": ("sim", "não"), "ro": ("da", "nu"), "ru": ("да", "нет"), "sk": ("áno", "nie"),
    "sl": ("da", "ne"), "sr": ("да", "не"), "sv": ("ja", "nej"), "th": ("ใช่", "ไม่ใช่"), "tr": ("evet", "hayır"),
    "uk": ("так", "ні"), "ur": ("ہاں", "نہیں"), "vi": ("có", "không"), "zh": ("是", "否"),
}  # fmt: skip


@lru_cache(maxsize=1_000)
def locale_of(asked: str, written: str, country: str) -> str:
    """As who reads a text in a language writes dates and amounts.

    `asked`: the person's language, whose country counts where it is the text's language too; else that of the text,
    else the shop's.
    """
    text, person = _parsed(written), _parsed(asked)
    if text is None:
        return USUAL
    if person is not None and person.language == text.language and person.territory:
        return str(person)
    if text.territory:
        return str(text)
    tries = (_parsed(f"{text}_{territory}") for territory in (country, "001"))
    return str(next((one for one in tries if one is not None), text))


def _parsed(code: str) -> Locale | None:
    try:
        return Locale.parse(code.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return None


@lru_cache(maxsize=10_000)
def day(value: date, locale: str) -> str:
    """ "3 May 2026", "3. Mai 2026"."""
    return format_date(value, "long", locale=locale)


@lru_cache(maxsize=10_000)
def moment(value: datetime, locale: str) -> str:
    """ "3 May 2026 at 14:05", by the clock that the moment is given by."""
    joined = str(get_datetime_format("long", locale=locale)).replace("'", "")
    time = format_time(value.replace(tzinfo=None), "short", locale=locale)
    return joined.replace("{0}", time).replace("{1}", day(value.date(), locale))


@lru_cache(maxsize=10_000)
def number(value: int | float, locale: str) -> str:
    """ "1,234.5", "1.234,5": with all its decimals."""
    return format_decimal(Decimal(str(value)), locale=locale, decimal_quantization=False)


def yes_or_no(value: bool, locale: str) -> str:
    """ "yes", "nein"."""
    yes, no = YES_AND_NO.get(locale.partition("_")[0], YES_AND_NO["en"])
    return yes if value else no


def several(values: list[str], locale: str) -> str:
    """ "Tea, coffee and milk"."""
    return format_list(values, locale=locale)
