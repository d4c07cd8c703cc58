"""Money that a person takes."""

from app.payments.providers.base import Provider

COUNTER = Provider("counter", "At the counter", "Cash or card, when you come by.")
TRANSFER = Provider("transfer", "Bank transfer", "To the account on the invoice.", icon="building")
