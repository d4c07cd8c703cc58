"""Days, amounts and numbers stand in messages as their readers write them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.money import format_money
from app.engine.placeholders import wording
from app.reach.messages.languages import OFFERED

TEN_PAST_TWO = datetime(2026, 5, 3, 14, 10, tzinfo=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("asked", "written", "country", "locale"),
    [
        ("en", "en", "GB", "en_GB"),
        ("en", "en", "US", "en_US"),
        ("en-US", "en", "GB", "en_US"),
        ("de-AT", "de", "GB", "de_AT"),
        ("de", "de", "GB", "de"),
        ("de-AT", "en", "US", "en_US"),  # who reads English reads English dates
        ("de", "de-CH", "DE", "de_CH"),
        ("pt_BR", "pt", "GB", "pt_BR"),
        ("zh-TW", "zh-TW", "GB", "zh_Hant_TW"),
        ("", "en", "XX", "en_001"),
        ("tlh", "tlh", "GB", "en_001"),
    ],
)
def test_the_country_is_the_reader_s_else_the_shop_s(asked, written, country, locale):
    assert wording.locale_of(asked, written, country) == locale


SAID = {
    "en_GB": ("3 May 2026", "3 May 2026, 14:10", "1,234.5", "£1,234.50", "yes", "a, b and c"),
    "en_US": ("May 3, 2026", "May 3, 2026, 2:10\u202fPM", "1,234.5", "£1,234.50", "yes", "a, b, and c"),
    "de": ("3. Mai 2026", "3. Mai 2026, 14:10", "1.234,5", "1.234,50\xa0£", "ja", "a, b und c"),
    "fr": ("3 mai 2026", "3 mai 2026, 14:10", "1\u202f234,5", "1\u202f234,50\xa0£GB", "oui", "a, b et c"),
    "ja": ("2026年5月3日", "2026年5月3日 14:10", "1,234.5", "£1,234.50", "はい", "a、b、c"),
}


@pytest.mark.parametrize("locale", list(SAID))
def test_each_kind_is_said_as_in_that_country(locale):
    assert SAID[locale] == (
        wording.day(date(2026, 5, 3), locale),
        wording.moment(TEN_PAST_TWO, locale),
        wording.number(1234.5, locale),
        format_money(123450, "GBP", locale),
        wording.yes_or_no(True, locale),
        wording.several(["a", "b", "c"], locale),
    )


def test_a_number_keeps_its_decimals():
    assert [wording.number(one, "en_GB") for one in (0.0001, 12, 99_999_999_999.1234)] == [
        "0.0001", "12", "99,999,999,999.1234"
    ]  # fmt: skip


def test_every_language_that_is_offered_says_yes_and_no():
    assert {code.partition("-")[0] for code in OFFERED} == set(wording.YES_AND_NO)
