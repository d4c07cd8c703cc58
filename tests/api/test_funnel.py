"""The funnel and RFM through the API where counting takes long."""

import pytest
from sqlalchemy import text

from app.core.db import db as database
from app.engine.answers import queries as answers


@pytest.mark.parametrize(("path", "table"), [("/funnel", "stage_changes"), ("/rfm-cells", "receipts")])
def test_the_first_to_ask_is_refused_and_a_job_counts(api, work, monkeypatch, path, table):
    monkeypatch.setattr(answers, "PAGE_BUDGET_MS", 50)

    def ask():
        with database.engine.begin() as other:
            other.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
            return api.get(path)

    refused = ask()
    assert (refused.status_code, refused.json["code"]) == (409, "being_counted")
    assert work() == 1
    assert ask().status_code == 200
