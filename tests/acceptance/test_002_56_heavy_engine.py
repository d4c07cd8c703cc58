"""002-56: what a filter means is decided in the engine; the database keeps rows, and one customer is judged in memory.

That both back ends agree is proved in tests/engine/filters/test_two_back_ends.py.
"""

from sqlalchemy import text

from app.engine.filters import facts, memory, tree
from app.engine.filters.queries import here_and_now
from tests.factories import make_customer
from tests.statements import counted

KEEPERS = {
    "ensure_month_partition": "partitions",
    "fold": "how texts are searched",
    "register_person": "registry",
    "register_communication": "registry",
    "record_audit": "audit",
    "record_audit_of_statement": "audit",
    "rows_of_statement": "audit: what a statement wrote",
    "ask_what_differs": "audit: the columns that it changed",
    "say_differences": "audit: their values",
    "record_stage": "audit of stages",
    "learn_value": "registry of different texts",
    "custom_value_key": "registry of unique values",
    "keep_custom_values": "registry of unique values and of words to find",
    "refuse_change": "what is written once stays",
    "refuse_truncate": "what is written once stays",
    "copy_to_child": "rows of inherited tables",
    "refuse_nobody": "the parent of inherited tables has no rows of its own",
    "count_version": "versions of rows",
    "check_refund": "no refund above its sale, as a constraint",
    "check_payment_refund": "no refund above its payment, as a constraint",
    "record_deal_move": "audit of stages",
    "keep_changed_rows": "audit: what can be undone",
    "pick": "some values of a kept row",
    "untag_record": "registry of tags: a row that goes takes its links along",
    "mailbox_of": "how addresses are compared",
    "refuse_change_of_consent": "what is written once stays, but for whose it is and what tells who",
    "refuse_change_but_whose": "what is written once stays, but for whose it is after a merge",
}


def test_the_database_has_functions_for_ids_registries_and_audit_only(db):
    ours = db.scalars(
        text(
            "SELECT p.proname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang"
            " WHERE p.pronamespace = 'public'::regnamespace AND l.lanname IN ('sql', 'plpgsql')"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
    ).all()
    assert set(ours) <= KEEPERS.keys()


def test_one_customer_is_judged_without_a_statement(app, db):
    carla = make_customer(country="Norway")
    asked = {
        "all": [{"f": "country", "op": "in", "v": ["Norway"]}, {"agg": "count", "of": "purchases", "op": "is", "v": 0}]
    }
    wanted, moment = tree.read("customer", asked), here_and_now()
    known = facts.fetch(wanted, carla.person_id, moment)
    with counted() as statements:
        assert memory.evaluate(wanted, known, moment).holds
    assert statements == []
