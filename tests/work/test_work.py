"""Working through lists, alone and with colleagues."""

import json
from collections import Counter
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text

from app.accounts import sign_ins
from app.core.clock import now
from app.core.db import db as database
from app.core.errors import Conflict, Invalid
from app.engine.notes.models import Note
from app.engine.views.columns import LISTS
from app.tasks.models import Task
from app.work import actions, queries
from app.work.models import WorkRun, WorkStep
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee, make_product, make_task
from tests.statements import counted

BERLIN = json.dumps({"f": "country", "op": "in", "v": ["Germany"]})


@pytest.fixture
def ravi(db):
    return make_employee("agent")


@pytest.fixture
def agent(browser, ravi):
    return browser(ravi)


def the_run(db):
    db.expire_all()
    return db.scalars(select(WorkRun).order_by(WorkRun.created_at.desc())).first()


def begin(agent, db, query="", path="/customers"):
    assert agent.post("/work", {"list": path, "query": query, "name": "Calls", "is_shared": "yes"}).status_code == 303
    return the_run(db)


def states(db):
    db.expire_all()
    return [step.state for step in db.scalars(select(WorkStep).order_by(WorkStep.run_id, WorkStep.position))]


def people(*names, **more):
    return [make_customer(first_name=name, last_name="Zed", **more) for name in names]


def test_a_filtered_list_is_worked_through_in_its_order(agent, db, ravi):
    people("Carl", "Anna", "Bea", country="Germany")
    people("Other", country="France")
    page = text_of(agent.get("/customers", query_string={"where": BERLIN}))
    assert "Work through" in page
    offer = text_of(
        agent.get("/work/new", query_string={"list": "/customers", "query": f"where={BERLIN}&sort=-name&after=x"})
    )
    assert "Work through 3 customers" in offer
    run = begin(agent, db, f"where={BERLIN}&sort=-name")
    seen = []
    for _turn in range(3):
        page = text_of(agent.get(run.path))
        seen.append(next(name for name in ("Anna", "Bea", "Carl") if f"{name} Zed ·" in page))
        step = db.scalar(select(WorkStep).where(WorkStep.state == "held"))
        agent.post(f"{run.path}/{step.position}", {"outcome": "done"})
        db.expire_all()
    assert seen == ["Carl", "Bea", "Anna"]
    assert "That was all" in text_of(agent.get(run.path))
    assert the_run(db).finished_at is not None
    assert "3 of 3, 3 done" in text_of(agent.get("/work"))


def test_the_page_says_what_one_needs_in_few_statements(agent, db, ravi):
    (customer,) = people("Ada", phone="+442079460018", email="ada@example.com")
    make_task("Ask about the lease", ravi, record=("customer", customer.person_id))
    run = begin(agent, db)
    agent.get(run.path)
    with counted() as statements:
        page = text_of(agent.get(run.path))
    for words in (
        "Ada Zed",
        "+44 20 7946 0018",
        "ada@example.com",
        "Ask about the lease",
        "1 of 1",
        "Last contact Never",
    ):
        assert words in page
    assert len(statements) <= 8, statements


def test_each_outcome_is_kept_and_the_run_goes_on_where_it_was(agent, db, ravi):
    people("Anna", "Bea", "Carl", "Dora")
    run = begin(agent, db)
    agent.get(run.path)
    tomorrow = str(now().date() + timedelta(days=2))
    agent.post(f"{run.path}/1", {"outcome": "done", "note": "Wants the catalogue"})
    agent.get(run.path)
    agent.post(f"{run.path}/2", {"outcome": "skipped"})
    agent.get(run.path)
    agent.post(f"{run.path}/3", {"outcome": "snoozed", "until": tomorrow})
    assert states(db) == ["done", "skipped", "snoozed", "waiting"]
    task = db.scalars(select(Task)).one()
    assert (task.title, str(task.due_on), task.assignee_id) == ("Get back to Carl Zed", tomorrow, ravi.person_id)
    assert db.scalars(select(Note.body)).one() == "Wants the catalogue"
    assert "3 of 4, 1 done, 1 skipped, 1 put off" in text_of(agent.get("/work"))
    assert "Dora Zed" in text_of(agent.get(run.path))
    back = agent.get(run.path).get_data(as_text=True)
    assert f'href="{run.path}/3"' in back
    agent.post(f"{run.path}/2", {"outcome": "done"})
    assert states(db) == ["done", "done", "snoozed", "held"]


def test_deciding_is_undone_with_all_it_did(agent, db):
    people("Anna")
    run = begin(agent, db)
    agent.get(run.path)
    answer = agent.post(f"{run.path}/1", {"outcome": "snoozed", "until": "2040-01-01", "note": "Later"}, fragment=True)
    assert answer.headers["HX-Redirect"] == run.path
    change = db.scalar(text("SELECT change_set_id FROM change_sets"))
    agent.post(f"/changes/{change}/undo")
    assert states(db) == ["held"]
    assert db.scalar(select(func.count()).select_from(Task)) == 0
    assert db.scalar(select(func.count()).select_from(Note)) == 0


def test_notes_and_calls_are_written_down_without_going_on(agent, db):
    (customer,) = people("Anna", phone="+442079460018")
    run = begin(agent, db)
    agent.get(run.path)
    agent.post(f"{run.path}/1", {"outcome": "note", "note": "Likes blue"})
    agent.post(f"{run.path}/1", {"outcome": "call", "note": "Rang, no answer"})
    assert states(db) == ["held"]
    stream = text_of(agent.get(f"/customers/{customer.person_id}"))
    assert "Likes blue" in stream
    assert "Rang, no answer" in stream
    wrong = agent.post(f"{run.path}/1", {"outcome": "call", "note": ""})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    "form",
    [
        {"outcome": "won"},
        {"outcome": "snoozed", "until": "2020-01-01"},
        {"outcome": "snoozed", "until": "x"},
        {"outcome": "note"},
    ],
)
def test_what_makes_no_sense_changes_nothing_and_loses_no_words(agent, db, form):
    people("Anna")
    run = begin(agent, db)
    agent.get(run.path)
    answer = agent.post(f"{run.path}/1", {"note": "", **form})
    assert answer.status_code == 422
    assert states(db) == ["held"]


def test_two_colleagues_never_get_the_same(agent, browser, db, ravi):
    people("Anna", "Bea")
    run = begin(agent, db)
    marta = browser(make_employee("manager"))
    assert "Anna Zed" in text_of(agent.get(run.path))
    offer = text_of(marta.get("/work/new?list=/customers"))
    assert "Join" in offer
    assert "Bea Zed" in text_of(marta.get(run.path))
    assert marta.post(f"{run.path}/1", {"outcome": "done"}).status_code == 409
    marta.post(f"{run.path}/2", {"outcome": "done"})
    assert "The rest is with your colleagues" in text_of(marta.get(run.path))
    agent.post(f"{run.path}/release")
    assert "Anna Zed" in text_of(marta.get(run.path))


def test_many_at_once_take_each_step_once(app, db, ravi):
    people(*(f"C{number}" for number in range(60)))
    actor = sign_ins.actor_for(ravi.person_id)
    colleagues = [sign_ins.actor_for(make_employee("agent").person_id) for _number in range(6)]
    with app.test_request_context():
        run = actions.begin(LISTS["/customers"], "", "Calls", actor=actor)
        database.session.commit()
    run_id, start, taken = run.run_id, Barrier(6), []

    def work(who):
        with app.app_context():
            start.wait()
            mine = database.session.get(WorkRun, run_id)
            while (found := actions.take(mine, actor=who)) is not None:
                taken.append(found[0].position)
                actions.decide(mine, found[0], "done", actor=who)
                database.session.commit()
            database.session.commit()

    threads = [Thread(target=work, args=[who]) for who in colleagues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(taken) == Counter(range(1, 61))
    assert the_run(db).finished_at is not None


def test_what_is_held_too_long_is_free_again(agent, browser, db):
    people("Anna")
    run = begin(agent, db)
    agent.get(run.path)
    db.execute(text("UPDATE work_steps SET held_until = now() - interval '1 minute'"))
    db.commit()
    assert "Anna Zed" in text_of(browser(make_employee("manager")).get(run.path))


def test_what_is_gone_is_passed_over(agent, db, ravi):
    task, other = make_task("Call Ada", ravi), make_task("Call Bob", ravi)
    run = begin(agent, db, path="/tasks")
    db.delete(db.get(Task, task.task_id))
    db.commit()
    assert "Call Bob" in text_of(agent.get(run.path))
    assert Counter(states(db)) == Counter({"gone": 1, "held": 1})
    assert other.title in text_of(agent.get(f"{run.path}/2"))


@pytest.mark.parametrize("path", ["/customers", "/products", "/deals", "/companies", "/tasks"])
def test_every_list_of_records_can_be_worked_through(browser, db, path):
    from app.companies.models import Company

    manager = make_employee("manager")
    people("Anna")
    make_product()
    make_deal()
    make_task("Call Ada", manager)
    db.add(Company(name="Acme"))
    db.commit()
    page = browser(manager)
    assert f"/work/new?list={path.replace('/', '%2F')}" in page.get(path).get_data(
        as_text=True
    ) or "/work/new?list=" in page.get(path).get_data(as_text=True)
    run = begin(page, db, path=path)
    assert page.get(run.path).status_code == 200
    page.post(f"{run.path}/1", {"outcome": "done"})
    assert states(db) == ["done"]


def test_an_empty_list_is_said(agent, db):
    assert "nothing in this list" in text_of(agent.get("/work/new?list=/products"))
    assert agent.post("/work", {"list": "/products"}).status_code == 422
    assert agent.get("/work/new?list=/nowhere").status_code == 404
    assert agent.get("/work/new?list=/performance").status_code == 404


def test_whose_run_it_is(agent, browser, db):
    people("Anna")
    agent.post("/work", {"list": "/customers", "name": "Mine alone"})
    run = the_run(db)
    marta = browser(make_employee("manager"))
    assert marta.get(run.path).status_code == 404
    assert marta.post(f"{run.path}/end").status_code == 404
    assert browser(make_customer()).get("/work").status_code == 403
    assert agent.post(f"{run.path}/end").status_code == 303
    assert the_run(db).finished_at is not None


def test_a_colleague_s_decision_stands(db, ravi, app):
    people("Anna")
    actor, other = (sign_ins.actor_for(one.person_id) for one in (ravi, make_employee("agent")))
    with app.test_request_context():
        run = actions.begin(LISTS["/customers"], "", "Calls", actor=actor)
        step, _record = actions.take(run, actor=actor)
        with pytest.raises(Conflict):
            actions.decide(run, step, "skipped", actor=other)
        with pytest.raises(Invalid):
            actions.decide(run, step, "eaten", actor=actor)


@pytest.mark.slow
def test_a_hundred_thousand_are_taken_in_and_walked_by_their_place(db, ravi, app):
    actor = sign_ins.actor_for(ravi.person_id)
    with app.test_request_context():
        people("Anna")
        run = actions.begin(LISTS["/customers"], "", "Calls", actor=actor)
        db.execute(
            text(
                "INSERT INTO work_steps (run_id, position, record_id, state)"
                " SELECT :run, 1 + n, gen_random_uuid(), 'done' FROM generate_series(1, 99998) n"
            ),
            {"run": run.run_id},
        )
        last = {"run": run.run_id, "id": make_customer(first_name="Last").person_id}
        db.execute(text("INSERT INTO work_steps VALUES (:run, 100000, :id, 'waiting', NULL, NULL, NULL)"), last)
        first, _record = actions.take(run, actor=actor)
        actions.decide(run, first, "done", actor=actor)
        db.commit()
        db.execute(text("ANALYZE work_steps"))
        plan = (
            db.execute(
                text(
                    "EXPLAIN ANALYZE SELECT position FROM work_steps WHERE run_id = :run AND position > 0"
                    " AND state IN ('waiting', 'held') AND (state = 'waiting' OR held_until < now())"
                    " ORDER BY position LIMIT 1"
                ),
                {"run": run.run_id},
            )
            .scalars()
            .all()
        )
        assert any("ix_work_steps_open" in line for line in plan), plan
        step, record = actions.take(run, actor=actor)
        assert (step.position, record.name.split()[0]) == (100000, "Last")
        assert queries.progress_of([run])[run.run_id].ended == 99999


def test_what_ended_long_ago_is_forgotten(agent, db, monkeypatch):
    """In steps, and never what is still worked through."""
    for _ in range(3):
        make_customer()
    ended, going_on = begin(agent, db), begin(agent, db)
    ended.finished_at = now() - timedelta(days=91)
    going_on.created_at = now() - timedelta(days=400)
    db.commit()
    monkeypatch.setattr(actions, "ROWS_AT_ONCE", 2)
    assert (actions.forget_old(), actions.forget_old(), actions.forget_old()) == (0, 1, 0)
    assert db.scalars(select(WorkRun.run_id)).all() == [going_on.run_id]
    assert set(db.scalars(select(WorkStep.run_id))) == {going_on.run_id}
