"""Links by which customers go on with another device.

Revision ID: 0323
Revises: 0322
"""

from alembic import op

revision = "0323"
down_revision = "0322"


def allow(*purposes: str) -> None:
    """Let account tokens be for these purposes."""
    op.execute("ALTER TABLE account_tokens DROP CONSTRAINT ck_account_tokens_purpose")
    listed = ", ".join(f"'{purpose}'" for purpose in purposes)
    op.execute(
        f"ALTER TABLE account_tokens ADD CONSTRAINT ck_account_tokens_purpose CHECK (purpose IN ({listed})) NOT VALID"
    )
    op.execute("ALTER TABLE account_tokens VALIDATE CONSTRAINT ck_account_tokens_purpose")


def upgrade() -> None:
    allow("verify", "reset", "invite", "device")


def downgrade() -> None:
    op.execute("DELETE FROM account_tokens WHERE purpose = 'device'")
    allow("verify", "reset", "invite")
