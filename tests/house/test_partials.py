"""A partial says what it eats, and eats nothing else."""

import re
from pathlib import Path

import pytest
from jinja2 import meta

TEMPLATES = Path(__file__).parent.parent.parent / "templates"
PARTIALS = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("_*.html"))
FORBIDDEN = {"request", "session", "g", "config", "current_user"}


@pytest.mark.parametrize("name", PARTIALS)
def test_a_partial_uses_what_it_says(application, name):
    environment = application.jinja_env
    source = (TEMPLATES / name).read_text()
    said = re.match(r"\{#-?\s*needs:\s*(.*?)\s*-?#\}", source)
    assert said, f"{name} does not start with {{# needs: … #}}"
    promised = {word.strip() for word in said[1].split(",") if word.strip()}
    used = meta.find_undeclared_variables(environment.parse(source))
    globals_ = set(environment.globals) | {"csrf_token"}
    assert used & FORBIDDEN == set(), f"{name} reads what only a page may read"
    assert used - globals_ == promised - globals_
