"""Tables of mailboxes and mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base, new_id

SECURITY = {"tls": "TLS", "starttls": "STARTTLS", "none": "None (inside this machine only)"}


class Mailbox(Base):
    """An address of the shop's, and where its mail is fetched. `last_uid`: the newest mail that was taken in."""

    __tablename__ = "mailboxes"

    mailbox_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    address: Mapped[str]
    name: Mapped[str]
    signature: Mapped[str] = mapped_column(default="")
    auto_reply: Mapped[str] = mapped_column(default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    imap_host: Mapped[str] = mapped_column(default="")
    imap_port: Mapped[int] = mapped_column(default=993)
    imap_security: Mapped[str] = mapped_column(default="tls")
    imap_user: Mapped[str] = mapped_column(default="")
    imap_password_enc: Mapped[bytes | None]
    hook_secret_enc: Mapped[bytes | None]
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    checked_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    imap_password = Encrypted("imap_password_enc", label="mailboxes.imap_password", row_id="mailbox_id")
    hook_secret = Encrypted("hook_secret_enc", label="mailboxes.hook_secret", row_id="mailbox_id")

    @property
    def is_fetched(self) -> bool:
        """Its mail is fetched by IMAP."""
        return self.is_enabled and bool(self.imap_host)

    @property
    def state_label(self) -> tuple[str, str]:
        """How it is, in words, and the tone of the dot beside them."""
        if not self.is_enabled:
            return ("Off", "off")
        if self.last_error:
            return ("Failing", "bad")
        if self.imap_host and self.checked_at is None:
            return ("Not checked yet", "wait")
        return ("Working", "good") if self.imap_host else ("Takes signed mail", "good")


class RawMail(Base):
    """A mail as it came, once. `outcome`: what became of it; `marked_at`: it was marked as seen at the server."""

    __tablename__ = "raw_mails"

    raw_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mailbox_id: Mapped[UUID] = mapped_column(ForeignKey("mailboxes.mailbox_id"))
    mail_key: Mapped[str]
    sha256: Mapped[bytes]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[bytes | None]
    source: Mapped[str]
    outcome: Mapped[str]
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    comm_id: Mapped[UUID | None] = mapped_column(ForeignKey("communication_registry.comm_id"))
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    uid: Mapped[int | None] = mapped_column(BigInteger)
    marked_at: Mapped[datetime | None]
    hook_signature: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(default=now)


class MailThread(Base):
    """That a conversation goes on by email, through which mailbox. `doubt`: why its sender may be somebody else."""

    __tablename__ = "mail_threads"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("comm_channels.channel_id"), primary_key=True)
    mailbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("mailboxes.mailbox_id"))
    subject_key: Mapped[str] = mapped_column(default="")
    doubt: Mapped[str] = mapped_column(default="")


class Mail(Base):
    """What an email of a conversation has beyond its words. Its layout `html` is as it came: cleaned when shown."""

    __tablename__ = "mails"

    comm_id: Mapped[UUID] = mapped_column(ForeignKey("communication_registry.comm_id"), primary_key=True)
    mailbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("mailboxes.mailbox_id"))
    is_incoming: Mapped[bool]
    is_automatic: Mapped[bool] = mapped_column(default=False)
    from_name: Mapped[str] = mapped_column(default="")
    from_address: Mapped[str] = mapped_column(default="")
    to_addresses: Mapped[list[str]] = mapped_column(default=list)
    cc_addresses: Mapped[list[str]] = mapped_column(default=list)
    bcc_addresses: Mapped[list[str]] = mapped_column(default=list)
    reference_ids: Mapped[list[str]] = mapped_column(default=list)
    quoted: Mapped[str] = mapped_column(default="")
    html: Mapped[str] = mapped_column(default="")
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    left_out: Mapped[str] = mapped_column(default="")
    doubt: Mapped[str] = mapped_column(default="")
    bounced: Mapped[str] = mapped_column(default="")
    outgoing_id: Mapped[UUID | None] = mapped_column(ForeignKey("outgoing_mail.mail_id"))


class BouncedAddress(Base):
    """An address that could not be reached, with the server's own words. `is_final`: trying again will not help."""

    __tablename__ = "bounced_addresses"

    address: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    status: Mapped[str]
    reason: Mapped[str]
    is_final: Mapped[bool]
    bounced_at: Mapped[datetime] = mapped_column(default=now)


class AutoReply(Base):
    """When an address was last answered automatically."""

    __tablename__ = "auto_replies"

    address: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    replied_at: Mapped[datetime] = mapped_column(default=now)
