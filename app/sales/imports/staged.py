"""Where lines stand between the file and the books: unlogged tables that are made again after a crash."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, Numeric, Table, Text, Uuid

from app.core.db import Base

# One row for each receipt to be. `is_new` is false when the books hold the invoice already.
staged_receipts = Table(
    "staged_receipts",
    Base.metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("receipt_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("customer", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("is_new", Boolean, nullable=False),
)

# One row for each line. `outcome` is what it came to, null while it is to be written.
staged_lines = Table(
    "staged_lines",
    Base.metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("transaction_id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("price", Numeric(20, 4), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("refund_of", Uuid),
    Column("refund_of_at", DateTime(timezone=True)),
    Column("refund_of_receipt", Uuid),
    Column("outcome", Text),
    Column("reason", Text),
    Column("about_id", Uuid),
)
