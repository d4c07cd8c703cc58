"""Placeholders: one way to write them, each mistake named with its line, and nothing that runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.placeholders.language import keys_of, parse, problems_in
from app.engine.placeholders.stencils import cut, fill

KNOWN = ["customer.first_name", "customer.company", "customer.country", "me.name"]
CARLA = {"customer.first_name": "Carla", "customer.company": "Moreau", "customer.country": "Norway"}
ODD_TEXT = st.text(st.sampled_from("{}| \n|.ifelsndcotmr_ab"), max_size=80)


FILLED = pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello { customer.first_name }!", "Hello Carla!"),
        ("Hello {customer.last_name|there}!", "Hello there!"),
        ("Hello {customer.first_name|there}!", "Hello Carla!"),
        ("{if customer.company}At {customer.company}.{else}At home.{end}", "At Moreau."),
        ("{if customer.last_name}Yes{else}No{end}", "No"),
        ("{if not customer.last_name}No last name{end}", "No last name"),
        ("{if customer.country is norway}Hei{else}Hello{end}", "Hei"),
        ("{if customer.country is not Norway}Hello{else}Hei{end}", "Hei"),
        ("{if customer.company}{if customer.country is Norway}both{end}{end}", "both"),
        ("One\n{if customer.last_name}\nTwo\n{end}\nThree", "One\nThree"),
        ("One\n{if customer.company}\nTwo\n{end}\nThree", "One\nTwo\nThree"),
        ("{me.name} {{me.name}} {me.__class__}{", " {} {"),
    ],
)


@FILLED
def test_a_text_is_filled_in(text, filled):
    assert fill(text, CARLA) == filled


@FILLED
@pytest.mark.parametrize("known", [[], ["customer.country"], ["customer.last_name", "customer.company"], list(CARLA)])
def test_what_is_the_same_for_all_is_filled_in_once(text, filled, known):
    same = {key: CARLA.get(key, "") for key in known}
    rest = cut(parse(text).nodes).given(same)
    assert rest.keys.isdisjoint(known)
    assert rest.fill({key: value for key, value in CARLA.items() if key not in known}) == filled


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi\n{customer.frist_name}", "Line 2: Nothing is known as {customer.frist_name}. Did you mean"),
        ("{me.__class__}", "Line 1: Nothing is known as {me.__class__}."),
        ("{if customer.nothing}x{end}", "Nothing is known as {customer.nothing}."),
        ("\n\n{if me.name}x", "Line 3: {if me.name} has no {end}."),
        ("{end}", "{end} has no {if ...} before it."),
        ("{else}", "{else} has no {if ...} before it."),
        ("{if me.name}a{else}b{else}c{end}", "{else} has no {if ...} before it."),
        ("{if me.name = Ada}x{end}", "Write a condition as"),
        ("{if me.name}" * 4 + "{end}" * 4, "At most 3 conditions stand in one another."),
        ("{}", "Nothing is known as {}."),
    ],
)
def test_a_mistake_is_named_with_its_line(text, words):
    (problem,) = problems_in(text, KNOWN)
    assert words in problem


def test_the_nearest_word_is_proposed():
    assert problems_in("{customer.frist_name}", KNOWN) == [
        "Line 1: Nothing is known as {customer.frist_name}. Did you mean {customer.first_name}?"
    ]


def test_what_a_text_asks_for_and_where_it_would_be_empty():
    text = "{customer.first_name|there} {me.name} {if customer.company}{customer.company}{end}"
    assert dict(keys_of(parse(text).nodes)) == {"customer.first_name": True, "me.name": False, "customer.company": True}
    assert cut(parse(text).nodes).keys == {"customer.first_name", "me.name", "customer.company"}


@given(ODD_TEXT, st.dictionaries(st.sampled_from(KNOWN), st.text()))
def test_no_text_breaks_it(text, values):
    assert isinstance(fill(text, values), str)
    problems_in(text, KNOWN)


@given(st.text(), st.text())
def test_what_is_filled_in_is_never_read(name, before):
    before = before.replace("{", "").replace("}", "")
    expected = before.replace("\r\n", "\n") + name
    assert fill(before + "{customer.first_name}", {"customer.first_name": name}) == expected
