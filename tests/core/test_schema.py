"""Inherited tables keep their promises, and the models say what the migrations made."""

from app.core import schema_check


def test_every_child_has_what_its_parent_has(db):
    assert list(schema_check.problems()) == []
    assert ("people", "customers") in schema_check.children()
    assert ("communications", "emails") in schema_check.children()
