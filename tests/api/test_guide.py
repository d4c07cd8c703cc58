"""Every command of the guide is run, and answers what the guide says."""

import io
import re
import shlex
from pathlib import Path

import pytest

from app.accounts import sign_ins
from app.conversations.actions import ratings
from tests.factories import make_channel, make_customer, make_key, make_product

GUIDE = (Path(__file__).parent.parent.parent / "docs" / "api.md").read_text()
BLOCKS = [block.replace("\\\n", " ") for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.S)]
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("curl")]
FILE = b"first name,last name,email\nAda,Lovelace,ada@example.com\n"


def run(http, words: list[str]):
    """What curl would send."""
    words, method, headers, body, form = words[1:], None, {}, None, {}
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _colon, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        elif word == "-F":
            name, _equals, value = words.pop(0).partition("=")
            form[name] = (io.BytesIO(FILE), value[1:]) if value.startswith("@") else value
        elif word != "-i":
            address = word
    method = method or ("POST" if body or form else "GET")
    return http.open(address, method=method, headers=headers, data=form or body)


@pytest.fixture
def names(db, admin):
    rated = make_channel(closed=True, owner=admin)
    rating = ratings.rate_channel(rated, 1, actor=sign_ins.actor_for(rated.customer_id))
    db.commit()
    return {
        "RATING": str(rating.rating_id),
        "RAPPORT": "/api/v1",
        "KEY": make_key(admin),
        "CUSTOMER": str(make_customer(last_name="Lovelace").person_id),
        "PRODUCT": str(make_product().product_id),
        "CONVERSATION": str(make_channel().channel_id),
    }


def test_every_command_answers_as_the_guide_says(program, names):
    http = program().http
    assert len(COMMANDS) >= 15
    for line in COMMANDS:
        command, _hash, said = line.rpartition("#")
        for name, value in names.items():
            command = command.replace(f"${name}", value)
        assert "$" not in command, line
        answer = run(http, shlex.split(command))
        assert str(answer.status_code) == said.split(",")[0].strip(), f"{line}\n{answer.get_data(as_text=True)}"
        if "ETag: " in said:
            assert answer.headers["ETag"] == said.split("ETag: ")[1].strip()


def test_the_guide_names_every_kind_of_resource(application):
    heads = {path.split("/")[3].lower() for path in application.extensions["api-document"]["paths"]}
    changelog = (Path(__file__).parent.parent.parent / "docs" / "api-changelog.md").read_text().lower()
    assert {head for head in heads if head not in changelog} == set()
