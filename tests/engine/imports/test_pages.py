"""Importing in the browser, a step at a time, with no JavaScript needed."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.core import jobs
from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.events.models import Event
from app.engine.imports import actions
from app.engine.imports.models import Import, ImportChunk
from app.engine.imports.runs import Run
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.importing import address_of, bring_in, counts, row_values, send

CUSTOMERS = "Reference,Name,Email,Phone\nC-1,Zoë Müller,zoe@example.com,020 7946 0000\nC-2,Ravi Patel,,\n"
SALES = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\n1,A,3,12/1/10 8:26,2.55\n2,A,1,12/13/10 8:26,2.55\n"


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def count_customers(db) -> int:
    return db.scalar(select(func.count()).select_from(Customer))


def test_each_step_has_its_page(manager, db, work):
    address = address_of(send(manager, CUSTOMERS))
    reading = text_of(manager.get(f"{address}/reading"))
    assert "The text reads as UTF-8. Columns are divided by comma." in reading
    assert "Zoë Müller" in reading
    columns = manager.follow(manager.post(f"{address}/reading", {"encoding": "utf-8-sig", "delimiter": ","}))
    assert "020 7946 0000" in text_of(columns)
    chosen = {"column_reference": "0", "column_name": "1", "column_email": "2", "column_phone": "3"}
    preview = manager.follow(manager.post(f"{address}/columns", chosen))
    assert "C-1 Zoë Müller zoe@example.com +44 20 7946 0000" in text_of(preview)
    assert count_customers(db) == 0
    waiting = manager.follow(manager.post(f"{address}/run", {"mode": "run"}))
    assert "Waiting for a worker" in text_of(waiting)
    assert 'hx-trigger="every 1s"' in waiting.get_data(as_text=True)
    work()
    assert "Created 2" in text_of(manager.get(address))
    assert "file.csv" in text_of(manager.get("/imports"))
    assert count_customers(db) == 2


def test_the_address_of_an_import_leads_to_its_step(manager):
    ready = address_of(send(manager, SALES, "transactions"))
    assert manager.get(ready).headers["Location"].endswith("/preview")
    lacking = address_of(send(manager, "a,b\n1,2\n", "transactions"))
    assert manager.get(lacking).headers["Location"].endswith("/reading")
    assert manager.get(f"{lacking}/preview").headers["Location"].endswith("/columns")


def test_the_order_of_dates_is_guessed_with_its_reason_and_can_be_changed(manager):
    address = address_of(send(manager, SALES, "transactions"))
    assert "Dates have the month first (such as 12/13/10)." in text_of(manager.get(f"{address}/reading"))
    assert "1 Dec 2010, 08:26" in text_of(manager.get(f"{address}/preview"))
    answer = manager.post(f"{address}/reading", {"date_order": "day", "then": "look"})
    assert answer.headers["Location"].endswith("/reading")
    page = text_of(manager.get(f"{address}/preview"))
    assert "12 Jan 2010, 08:26" in page
    assert "Left out: “12/13/10 8:26” is not a date with the day first." in page


def test_another_delimiter_gives_other_columns(manager):
    address = address_of(send(manager, "Name;Email\nA B;a@example.com\n"))
    manager.post(f"{address}/reading", {"delimiter": "|"})
    assert "Name;Email" in text_of(manager.get(f"{address}/columns"))
    assert manager.post(f"{address}/reading", {"delimiter": "x"}).status_code == 422
    assert manager.post(f"{address}/reading", {"encoding": "rot13"}).status_code == 422


def test_a_needed_column_must_be_chosen(manager):
    address = address_of(send(manager, SALES, "transactions"))
    answer = manager.post(f"{address}/columns", {"column_invoice": "0"})
    assert answer.status_code == 422
    assert "Choose the column for: Product code, Quantity, Date, Unit price." in text_of(answer)
    assert manager.post(f"{address}/columns", {"column_invoice": "77"}).status_code == 422


def test_columns_are_remembered_for_the_next_such_file(manager, work):
    odd = "Wer,Wo\nAda Lovelace,ada@example.com\n"
    address = address_of(send(manager, odd))
    manager.post(f"{address}/columns", {"column_name": "0", "column_email": "1"})
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    again = address_of(send(manager, odd))
    assert "chosen as in the last import" in text_of(manager.get(f"{again}/reading"))
    assert "Ada Lovelace" in text_of(manager.get(f"{again}/preview"))


def test_a_dry_run_says_what_would_happen_and_changes_nothing(manager, db, work):
    make_customer(reference="C-1", first_name="Zoe", last_name="Müller", email="zoe@example.com")
    address = address_of(send(manager, CUSTOMERS + "C-3,,nonsense,\n"))
    manager.post(f"{address}/run", {"mode": "dry"})
    work()
    page = text_of(manager.get(address))
    assert "nothing was changed" in page
    assert "Created 1" in page
    assert "Updated 1" in page
    assert "Left out 1" in page
    assert count_customers(db) == 1
    assert db.scalar(select(Customer.first_name)) == "Zoe"
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert "Updated 1" in text_of(manager.get(address))
    assert count_customers(db) == 2


def test_a_double_click_runs_once(manager, db, work):
    address = address_of(send(manager, CUSTOMERS))
    for _click in range(2):
        assert manager.post(f"{address}/run", {"mode": "run"}).status_code == 303
    work()
    assert count_customers(db) == 2
    assert manager.post(f"{address}/run", {"mode": "run"}).status_code == 409
    assert manager.get(f"{address}/preview").status_code == 409


def test_progress_is_told_while_it_runs(manager, db, monkeypatch):
    made = db.get(Import, address_of(send(manager, CUSTOMERS)).rpartition("/")[2])
    told = []
    actions.prepare(made, dry_run=False)
    actions.carry_out(made, actor=SYSTEM, tell=lambda *what: told.append(what))
    assert told[0] == (0, 3, "Reading")
    assert told[1][:2] == (2, 3)
    assert "rows a second · 0 left out" in told[1][2]
    assert told[-1][:2] == (2, 2)


def test_the_progress_fragment_leads_on_when_it_is_over(manager, work):
    address = address_of(send(manager, CUSTOMERS))
    manager.post(f"{address}/run", {"mode": "run"})
    assert manager.get(f"{address}/progress", fragment=True).status_code == 200
    work()
    assert manager.get(f"{address}/progress", fragment=True).headers["HX-Redirect"].endswith(address)


def test_stopped_before_it_began(manager, db, work):
    address = address_of(send(manager, CUSTOMERS))
    manager.post(f"{address}/run", {"mode": "run"})
    manager.post(f"{address}/cancellation")
    assert "Stopped before it began" in text_of(manager.get(address))
    work()
    assert count_customers(db) == 0
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert count_customers(db) == 2


def test_stopped_on_the_way_it_can_be_gone_on_with(manager, db, work, monkeypatch):
    monkeypatch.setattr("app.people.imports.ROWS_PER_STEP", 1)
    address = address_of(send(manager, CUSTOMERS))
    manager.post(f"{address}/run", {"mode": "run"})
    end_step = Run.end_step

    def stop_after_it(run, outcomes):
        manager.post(f"{address}/cancellation")
        end_step(run, outcomes)

    monkeypatch.setattr(Run, "end_step", stop_after_it)
    work()
    assert "Stopped on request" in text_of(manager.get(address))
    assert count_customers(db) == 1
    monkeypatch.setattr(Run, "end_step", end_step)
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert count_customers(db) == 2


def test_a_worker_that_dies_at_every_try_leaves_a_page_that_says_so(manager, db):
    address = address_of(send(manager, CUSTOMERS))
    manager.post(f"{address}/run", {"mode": "run"})
    db.execute(text("UPDATE jobs SET state = 'failed', finished_at = now()"))
    db.commit()
    assert "It could not be finished. Import again" in text_of(manager.get(address))


def test_other_peoples_imports_are_not_there(manager, browser):
    address = address_of(send(manager, CUSTOMERS))
    other = browser(make_employee("admin"))
    for path in ("", "/reading", "/columns", "/preview", "/progress", "/outcomes.csv"):
        assert other.get(address + path).status_code == 404
    for path in ("/run", "/reading", "/columns", "/cancellation"):
        assert other.post(address + path).status_code == 404
    assert "file.csv" not in text_of(other.get("/imports"))
    assert browser(make_employee("agent")).get("/imports").status_code == 403
    assert browser(make_customer()).get("/imports").status_code == 403


def test_the_outcome_of_every_row_is_a_file(manager, work):
    address = address_of(send(manager, "Name,Email\nA,a@example.com\nB,nonsense\n"))
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    lines = manager.get(f"{address}/outcomes.csv").get_data(as_text=True).splitlines()
    assert lines[0] == "line,outcome,reason,id"
    assert lines[1].startswith("2,created,,")
    assert lines[2] == "3,rejected,Email: Enter an address such as name@example.com.,"


def test_nothing_of_the_file_stays_behind(db):
    made = bring_in("customers", CUSTOMERS)
    assert counts(made) == {"created": 2}
    assert row_values(made) == []
    assert db.scalar(select(func.count()).select_from(ImportChunk)) == 0


def test_a_file_nobody_imports_is_forgotten_after_a_week(manager, db):
    address = address_of(send(manager, CUSTOMERS))
    assert actions.forget_old_files() == 0
    db.execute(text("UPDATE imports SET created_at = :then"), {"then": now() - timedelta(days=8)})
    db.commit()
    assert actions.forget_old_files() == 1
    db.commit()
    assert db.scalar(select(func.count()).select_from(ImportChunk)) == 0
    assert "removed after 7 days" in text_of(manager.get(address))
    assert manager.get(f"{address}/preview").status_code == 409


def test_one_event_tells_of_an_import(db):
    made = bring_in("customers", CUSTOMERS)
    events = db.scalars(select(Event)).all()
    assert [(event.type, event.subject_id) for event in events] == [("import.finished", made.import_id)]
    assert events[0].payload["counts"]["created"] == 2


def test_a_failing_job_is_tried_again_and_goes_on(manager, db, work, monkeypatch):
    monkeypatch.setattr("app.people.imports.ROWS_PER_STEP", 1)
    address = address_of(send(manager, CUSTOMERS))
    manager.post(f"{address}/run", {"mode": "run"})
    end_step, steps = Run.end_step, []

    def die_at_the_second(run, outcomes):
        steps.append(outcomes)
        if len(steps) == 2:
            raise RuntimeError("killed")
        end_step(run, outcomes)

    monkeypatch.setattr(Run, "end_step", die_at_the_second)
    work()
    assert count_customers(db) == 1
    db.execute(text("UPDATE jobs SET due_at = now()"))
    db.commit()
    work()
    assert count_customers(db) == 2
    assert [len(step) for step in steps] == [1, 1, 1]
    assert db.scalar(select(jobs.Job.state)) == "done"


def test_the_command_says_how_far_it_is(app, tmp_path, db):
    file = tmp_path / "sales.csv"
    file.write_text(SALES.replace("InvoiceNo", "Bill"))
    run = app.test_cli_runner().invoke
    refused = run(args=["import", "transactions", str(file)])
    assert refused.exit_code == 1
    assert "Choose the column for: Invoice." in refused.output
    tried = run(args=["import", "transactions", str(file), "--map", "invoice=Bill", "--dry-run"])
    assert "Dry run, nothing was changed: 2 created" in tried.output
    done = run(args=["import", "transactions", str(file), "--map", "invoice=Bill"])
    assert "2010-12          2 lines            £10.20" in done.output
    assert "Reading" in done.output
    assert done.output.endswith("2 created\n")
    again = run(args=["import", "transactions", str(file), "--map", "invoice=Bill"])
    assert again.output.endswith("2 unchanged\n")
    assert run(args=["import", "boats", str(file)]).exit_code == 2
    assert run(args=["import", "transactions", str(file), "--map", "invoice=Nothing"]).exit_code == 2


def test_an_upload_is_only_taken_with_its_token(app, manager):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = manager.post("/imports", {"kind": "customers", "file": (io.BytesIO(b"Name\nA\n"), "a.csv")})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code in (419, 422)
