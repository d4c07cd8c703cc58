"""Making a company of any size, the same each time."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text

from app.core import partitions
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.crypto import keyring
from app.core.db import db
from app.demo import fields, firms, words
from app.engine.codes import actions as codes
from app.engine.codes import fields as coded
from app.people.consent import queries as consents
from app.people.consent.models import Wording
from app.people.consent.purposes import PURPOSES

SEED = 20_110_601
BATCH = 10_000
YEARS_BACK = 2
SALES_DAYS = 540
TALK_DAYS = 180
TALKERS_SHARE = 0.33
LARGEST_STAFF = 200

Report = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """How much there is now."""

    customers: int
    employees: int
    products: int
    receipts: int
    transactions: int
    conversations: int


def uuid_at(moment: datetime, number: int, salt: int) -> UUID:
    """A version 7 UUID of a moment and a number, the same each time."""
    milliseconds = int(moment.timestamp() * 1000)
    chance = Random(f"{salt}-{number}").getrandbits(62)
    value = (milliseconds << 80) | (0x7 << 76) | ((number & 0xFFF) << 64) | (0x2 << 62) | chance
    return UUID(int=value)


def make_company(size: int, *, per_customer: int = 10, currency: str, report: Report = print) -> Made:
    """Fill the database with a company of `size` customers and about `per_customer` transactions each.

    Flushes in the caller's transaction. Expects a migrated database; adds to what is there.
    """
    today = now().date()
    connection = _driver()
    quiet = _without_triggers()
    report("people")
    fields.define()
    employees = _make_employees(connection, max(8, min(LARGEST_STAFF, size // 2000)), quiet)
    employers = [uuid_at(firms.FOUNDED, n, 4) for n in range(max(8, size // firms.CUSTOMERS_TO_A_FIRM))]
    _copy(connection, f"companies ({firms.COLUMNS})", firms.rows(employers, employees, SEED))
    _make_customers(connection, size, employees, employers, today, quiet=quiet)
    report("products")
    _make_products(connection, currency)
    report("sales")
    _make_sales(today, per_customer, currency)
    _run_script("stages", {"seed": SEED})
    _tag_customers()
    _let_agree()
    report("conversations")
    _make_conversations(quiet)
    if quiet:
        db.session.execute(text("SET LOCAL session_replication_role = origin"))
    report("codes")
    _code_texts()
    return count()


def refresh_statistics() -> None:
    """Tell the planner about the new rows: the parents of inherited tables too, which it never visits by itself."""
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM (ANALYZE)"))
        connection.execute(text("ANALYZE people, communications"))


def count() -> Made:
    """Count what is there."""
    row = db.session.execute(
        text(
            "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM employees),"
            " (SELECT count(*) FROM products), (SELECT count(*) FROM receipts),"
            " (SELECT count(*) FROM transactions), (SELECT count(*) FROM comm_channels)"
        )
    ).one()
    return Made(*row)


def _driver() -> psycopg.Connection:
    return db.session.connection().connection.driver_connection  # type: ignore[return-value]


def _without_triggers() -> bool:
    """Skip triggers and foreign key checks where this database user may; the rows are right by construction."""
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    if not db.session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        return False
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    return True


def _make_employees(connection: psycopg.Connection, number: int, quiet: bool) -> list[UUID]:
    chance = Random(SEED)
    hired = datetime(2019, 1, 7, 9, tzinfo=UTC)
    rows = []
    for n in range(number):
        first, last = chance.choice(words.FIRST_NAMES), chance.choice(words.LAST_NAMES)
        person_id = uuid_at(hired, n, 1)
        role = "manager" if n % 8 == 7 else "agent"
        email = f"{_ascii(first)}.{_ascii(last)}.{n}@staff.lotus.example"
        department = words.DEPARTMENTS[n % len(words.DEPARTMENTS)]
        rows.append((person_id, "employee", first, last, email, department, "", role, hired.date(), hired))
    columns = "person_id, kind, first_name, last_name, email, department, position, role, hired_on, created_at"
    _copy(connection, f"employees ({columns})", rows)
    if quiet:
        _register(connection, rows)
    return [row[0] for row in rows]


def _make_customers(
    connection: psycopg.Connection, size: int, employees: list[UUID], employers: list[UUID], today: date, *, quiet: bool
) -> None:
    db.session.execute(
        text("CREATE TEMP TABLE seed_customers (n integer, person_id uuid, joined timestamptz) ON COMMIT DROP")
    )
    columns = (
        "person_id, kind, first_name, last_name, email, phone_enc, phone_index, phone_endings, address_enc, created_at,"
        " email_verified_at, stage, source, reference, country, owner_id, company_id, custom"
    )
    for batch in _batches(_customers(size, employees, employers, today)):
        _copy(connection, f"customers ({columns})", (row for _n, row in batch))
        if quiet:
            _register(connection, [row for _n, row in batch])
        _copy(connection, "seed_customers", ((n, row[0], row[9]) for n, row in batch))
    db.session.execute(text("ANALYZE seed_customers"))


def _customers(
    size: int, employees: list[UUID], employers: list[UUID], today: date
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    chance = Random(SEED + size)
    works_for, says = firms.employers(employers, SEED), fields.values(SEED)
    start = datetime(today.year - YEARS_BACK, today.month, 1, 8, tzinfo=UTC)
    span = (datetime(today.year, today.month, today.day, tzinfo=UTC) - start).total_seconds()
    for n in range(size):
        first, last = chance.choice(words.FIRST_NAMES), chance.choice(words.LAST_NAMES)
        joined = start + timedelta(seconds=int(span * n / size))
        person_id = uuid_at(joined, n, 2)
        phone = f"+447{chance.randrange(400_000_000, 1_000_000_000)}"
        address = f"{chance.randrange(1, 180)} {chance.choice(words.STREETS)}, {chance.choice(words.TOWNS)}"
        stage = chance.choices(("customer", "prospect", "lead", "former"), (80, 8, 7, 5))[0]
        owner = chance.choice(employees) if chance.random() < 0.7 else None
        yield (
            n,
            (
                person_id,
                "customer",
                first,
                last,
                f"{_ascii(first)}.{_ascii(last)}.{n}@example.com",
                keyring.encrypt(phone, f"people.phone|{person_id}"),
                keyring.blind_index(phone, "people.phone"),
                keyring.ending_indexes(phone, "people.phone"),
                keyring.encrypt(address, f"people.address|{person_id}"),
                joined,
                joined,
                stage,
                chance.choice(words.SOURCES),
                f"C{n + 1:07}",
                chance.choice(words.COUNTRIES),
                owner,
                next(works_for),
                next(says),
            ),
        )


def _make_products(connection: psycopg.Connection, currency: str) -> None:
    created = datetime(2020, 3, 2, 9, tzinfo=UTC)
    rows = [
        (uuid_at(created, n, 3), sku, name, kind, price, currency, created)
        for n, (sku, name, kind, price) in enumerate(words.PRODUCTS)
    ]
    _copy(connection, "products (product_id, sku, name, type, price_minor, currency, created_at)", rows)


def _make_sales(today: date, per_customer: int, currency: str) -> None:
    first = today - timedelta(days=SALES_DAYS)
    for month in _months(first, today):
        partitions.ensure_month("transactions", month)
    values = {
        "receipts": per_customer / 2.5,
        "currency": currency,
        "since": first,
        "seed": SEED,
    }
    _run_script("functions", {})
    _run_script("sales", values)


def _tag_customers() -> None:
    names, colours, shares = (list(part) for part in zip(*words.TAGS, strict=True))
    _run_script("tags", {"names": names, "colours": colours, "shares": shares, "since": firms.FOUNDED})


def _let_agree() -> None:
    channels, shares = (list(part) for part in zip(*words.CONSENTS, strict=True))
    usual = {"purpose": "marketing", "version": 1, "body": PURPOSES["marketing"].usual}
    wording = consents.find_wording("marketing") or Wording(**usual, written_at=firms.FOUNDED)
    db.session.add(wording)
    db.session.flush()
    told = {"wording": wording.wording_id, "proofs": list(words.PROOFS), "number": len(words.PROOFS)}
    _run_script("consents", {**told, "channels": channels, "shares": shares})


def _make_conversations(quiet: bool) -> None:
    talks: dict[str, Any] = {
        f"part{position}": [talk[position] for talk in words.TALKS] for position in range(len(words.TALKS[0]))
    }
    values = {
        **talks,
        "talks": len(words.TALKS),
        "share": TALKERS_SHARE,
        "days": TALK_DAYS,
        "praise": list(words.PRAISE),
        "blame": list(words.BLAME),
    }
    _run_script("conversations", values)
    if quiet:
        db.session.execute(
            text("INSERT INTO communication_registry SELECT comm_id, 'chat' FROM seed_messages ON CONFLICT DO NOTHING")
        )


def _code_texts() -> None:
    """Put most of what was typed in order, and leave something to do."""
    for field, how, typed, label in words.CODES:
        codes.add_rule(coded.get(field), typed, label, how=how, actor=SYSTEM)
    codes.recode_all()


def _run_script(name: str, values: dict[str, Any]) -> None:
    """Run each statement of `sql/<name>.sql` with the same named values."""
    script = (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
    for statement in script.split(";\n"):
        _driver().execute(statement.encode(), values or None)


def _months(first: date, last: date) -> Iterator[date]:
    month = partitions.month_of(first)
    while month <= last:
        yield month
        month = partitions.month_of(month + timedelta(days=32))


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _copy(connection: psycopg.Connection, target: str, rows: Any) -> None:
    with connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row(row)


def _register(connection: psycopg.Connection, rows: list[tuple[Any, ...]]) -> None:
    """Do what the skipped trigger does."""
    _copy(
        connection, "person_registry (person_id, kind, email_key)", ((row[0], row[1], row[4].lower()) for row in rows)
    )


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in plain if "a" <= letter <= "z")
