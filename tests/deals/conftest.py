"""Tests of deals make their own pipelines: what the migrations bring is gone after a process's first test."""

import pytest
from sqlalchemy import text


@pytest.fixture(autouse=True)
def no_pipelines(db):
    db.execute(text("DELETE FROM deal_stages"))
    db.execute(text("DELETE FROM pipelines"))
    db.execute(text("DELETE FROM lost_reasons"))
    db.commit()
