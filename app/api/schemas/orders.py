"""Orders, payments and invoices."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import (
    Amount,
    Day,
    Flag,
    Moment,
    Money,
    PageQuery,
    Schema,
    Text,
    Where,
    Whole,
    sort_field,
)
from app.invoices import models as invoices
from app.invoices import queries as invoice_queries
from app.invoices.actions import LONGEST_TEXT, MOST_REMINDERS
from app.orders import models as orders
from app.orders import queries as order_queries
from app.orders.actions.ordering import LONGEST_REASON
from app.payments import models as payments
from app.payments import queries as payment_queries
from app.payments.providers.by_hand import COUNTER, TRANSFER
from app.people import details

SEARCH = partial(details.plain_text, longest=200)
LONG = partial(details.plain_text, longest=LONGEST_TEXT)


class OrderQuery(PageQuery):
    q = Text(SEARCH, 200, load_default="", metadata={"description": "A number, or words of the customer’s name."})
    state = fields.String(load_default="", validate=validate.OneOf(tuple(orders.STATES)))
    customer_id = fields.UUID(load_default=None)
    where = Where("order")
    sort = sort_field(order_queries.ORDERS, "-at")


class OrderLine(Schema):
    product_id = fields.UUID(attribute="line.product_id", required=True, allow_none=True)
    description = fields.String(attribute="line.description", required=True)
    quantity = fields.Integer(attribute="line.quantity", required=True)
    tax = fields.String(attribute="line.tax_label", required=True, metadata={"description": "The rate, in words."})
    net = Amount("line.net_minor", required=True)
    tax_amount = Amount("line.tax_minor", required=True)
    amount = Amount("line.amount_minor", required=True)


class OrderRow(Schema):
    id = fields.UUID(attribute="order.order_id", required=True)
    number = fields.String(attribute="order.label", required=True)
    state = fields.String(attribute="order.state", required=True, validate=validate.OneOf(tuple(orders.STATES)))
    customer_id = fields.UUID(attribute="order.customer_id", required=True)
    customer_name = fields.String(required=True)
    pay_by = fields.String(attribute="order.pay_by", required=True)
    total = Amount("order.total_minor", currency="order.currency", required=True)
    paid = Amount("order.paid_minor", currency="order.currency", required=True)
    refunded = Amount("order.refunded_minor", currency="order.currency", required=True)
    due = Amount("order.due_minor", currency="order.currency", required=True)
    placed_at = Moment(attribute="order.placed_at", required=True)
    paid_at = Moment(attribute="order.paid_at", required=True, allow_none=True)
    fulfilled_at = Moment(attribute="order.fulfilled_at", required=True, allow_none=True)
    cancelled_at = Moment(attribute="order.cancelled_at", required=True, allow_none=True)


class Order(OrderRow):
    note = fields.String(attribute="order.note", required=True)
    receipt_id = fields.UUID(
        attribute="order.receipt_id",
        required=True,
        allow_none=True,
        metadata={"description": "The sale in the books, once all is paid: see Transactions."},
    )
    lines = fields.List(fields.Nested(OrderLine), attribute="priced_lines", required=True)


class TakenIn(Schema):
    provider = fields.String(required=True, validate=validate.OneOf((COUNTER.key, TRANSFER.key)))
    amount = fields.Nested(
        Money, load_default=None, allow_none=True, metadata={"description": "A part; without it, all that is due."}
    )


class ReasonIn(Schema):
    reason = Text(partial(details.plain_text, longest=LONGEST_REASON), LONGEST_REASON, required=True)


class GivenBackIn(ReasonIn):
    amount = fields.Nested(
        Money, load_default=None, allow_none=True, metadata={"description": "A part; without it, all that is left."}
    )


class PaymentQuery(PageQuery):
    state = fields.String(load_default="", validate=validate.OneOf(tuple(payments.STATES)))
    customer_id = fields.UUID(load_default=None)
    payable_id = fields.UUID(load_default=None, metadata={"description": "What is paid, such as an order."})
    sort = sort_field(payment_queries.ORDERS, "-at")


class Payment(Schema):
    id = fields.UUID(attribute="payment.payment_id", required=True)
    state = fields.String(attribute="payment.state", required=True, validate=validate.OneOf(tuple(payments.STATES)))
    provider = fields.String(attribute="payment.provider", required=True)
    payable_kind = fields.String(attribute="payment.payable_kind", required=True)
    payable_id = fields.UUID(attribute="payment.payable_id", required=True)
    customer_id = fields.UUID(attribute="payment.customer_id", required=True)
    customer_name = fields.String(required=True)
    amount = Amount("payment.amount_minor", currency="payment.currency", required=True)
    refunded = Amount("payment.refunded_minor", currency="payment.currency", required=True)
    reference = fields.String(
        attribute="payment.reference",
        required=True,
        allow_none=True,
        metadata={"description": "The provider’s own number."},
    )
    created_at = Moment(attribute="payment.created_at", required=True)
    paid_at = Moment(attribute="payment.paid_at", required=True, allow_none=True)


class PaymentStep(Schema):
    at = Moment(required=True)
    sender = fields.String(required=True)
    receiver = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.Dict(required=True, metadata={"additionalProperties": True})
    is_good = fields.Boolean(required=True, metadata={"description": "False for what failed or was not believed."})
    took_ms = fields.Integer(required=True, allow_none=True)


class ReconciliationIn(Schema):
    provider = fields.String(required=True, metadata={"description": "The vendor, such as alipay."})
    day = Day(required=True, metadata={"description": "In the vendor’s time zone."})


class Difference(Schema):
    kind = fields.String(required=True, metadata={"description": "payment or refund."})
    number = fields.String(required=True, metadata={"description": "Ours, as the vendor knows it."})
    reference = fields.String(required=True, metadata={"description": "The vendor’s own."})
    what = fields.String(required=True, metadata={"description": "only_ours, only_theirs or amount."})
    ours = Amount("ours_minor", required=True)
    theirs = Amount("theirs_minor", required=True)


class Reconciliation(Schema):
    id = fields.UUID(attribute="reconciliation_id", required=True)
    provider = fields.String(required=True)
    day = fields.Date(required=True)
    matched = fields.Integer(required=True, metadata={"description": "How many lines are the same in both."})
    differences = fields.List(fields.Nested(Difference), required=True)
    made_at = Moment(required=True)


class InvoiceSettings(Schema):
    is_offered = Flag(required=True, metadata={"description": "Customers may choose to pay by invoice."})
    due_days = Whole(0, 365, required=True, metadata={"description": "From the day of issue."})
    remind_after_days = fields.List(
        Whole(1, 365),
        required=True,
        validate=validate.Length(0, MOST_REMINDERS),
        metadata={"description": "Counted from the day it was due; none for no reminders."},
    )
    issuer = Text(
        LONG,
        LONGEST_TEXT,
        required=True,
        may_be_empty=True,
        metadata={"description": "The shop’s address and tax number."},
    )
    foot = Text(
        LONG,
        LONGEST_TEXT,
        required=True,
        may_be_empty=True,
        metadata={"description": "How to pay, such as the bank account."},
    )


class InvoiceQuery(PageQuery):
    q = Text(SEARCH, 200, load_default="", metadata={"description": "A number, or words of the customer’s name."})
    state = fields.String(load_default="", validate=validate.OneOf(tuple(invoices.STATES)))
    customer_id = fields.UUID(load_default=None)
    order_id = fields.UUID(load_default=None)
    sort = sort_field(invoice_queries.ORDERS, "-issued")


class TaxTotal(Schema):
    label = fields.String(attribute="total.label", required=True)
    net = Amount("total.net_minor", required=True)
    tax = Amount("total.tax_minor", required=True)


class Invoice(Schema):
    id = fields.UUID(attribute="invoice.invoice_id", required=True)
    number = fields.String(attribute="invoice.label", required=True)
    kind = fields.String(attribute="invoice.kind", required=True, validate=validate.OneOf(tuple(invoices.TITLES)))
    state = fields.String(required=True, validate=validate.OneOf(tuple(invoices.STATES)))
    order_id = fields.UUID(attribute="invoice.order_id", required=True)
    customer_id = fields.UUID(attribute="invoice.customer_id", required=True)
    customer_name = fields.String(required=True)
    credit_of = fields.UUID(attribute="invoice.credit_of", required=True, allow_none=True)
    issued_on = Day(attribute="invoice.issued_on", required=True)
    due_on = Day(attribute="invoice.due_on", required=True, allow_none=True)
    total = Amount("invoice.total_minor", currency="invoice.currency", required=True)
    due = Amount("due_minor", currency="invoice.currency", required=True)
    taxes = fields.List(fields.Nested(TaxTotal), attribute="invoice.priced_rates", required=True)
    reminders = fields.Integer(attribute="invoice.reminded", required=True)
