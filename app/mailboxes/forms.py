"""What employees type about mailboxes and mails."""

from typing import IO

from flask import request
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core.forms import Form, strip
from app.mailboxes.actions.mailboxes import MailboxDetails
from app.mailboxes.models import SECURITY, Mailbox
from app.people.consent.purposes import PURPOSES

DETAILS = (
    "address",
    "name",
    "signature",
    "auto_reply",
    "is_default",
    "is_enabled",
    "imap_host",
    "imap_port",
    "imap_security",
    "imap_user",
)
QUIET = {"autocomplete": "off", "spellcheck": "false"}


class MailboxForm(Form):
    """A mailbox."""

    address = StringField("Address", filters=[strip], validators=[DataRequired(), Length(max=320)])
    name = StringField("Name customers read", filters=[strip], validators=[DataRequired(), Length(max=100)])
    is_default = BooleanField("Use it for whatever names no mailbox")
    is_enabled = BooleanField("In use", default=True)
    signature = TextAreaField("Signature", filters=[strip], validators=[Length(max=2000)])
    auto_reply = TextAreaField("Automatic reply", filters=[strip], validators=[Length(max=5000)])
    imap_host = StringField("IMAP server", filters=[strip], render_kw=QUIET, validators=[Length(max=255)])
    imap_port = IntegerField("Port", default=993, validators=[Optional(), NumberRange(1, 65_535)])
    imap_security = SelectField("Encryption", choices=list(SECURITY.items()), default="tls")
    imap_user = StringField("User", filters=[strip], render_kw=QUIET, validators=[Length(max=320)])
    imap_password = PasswordField("Password", render_kw={"autocomplete": "new-password"})

    @classmethod
    def of(cls, mailbox: Mailbox | None) -> "MailboxForm":
        """The form as the mailbox is; as it was sent where it was."""
        return cls(**{name: getattr(mailbox, name) for name in DETAILS}) if mailbox else cls()

    @property
    def details(self) -> MailboxDetails:
        """What was said."""
        values = {name: self[name].data for name in DETAILS}
        return MailboxDetails(
            **{**values, "imap_port": values["imap_port"] or 993}, imap_password=self.imap_password.data
        )


def _purposes() -> list[tuple[str, str]]:
    return [(one.key, one.label.capitalize()) for one in PURPOSES.values()]


class MailForm(Form):
    """A mail to a customer."""

    key = HiddenField()
    purpose = SelectField("Purpose", choices=_purposes, default="service")
    subject = StringField("Subject", filters=[strip], validators=[DataRequired(), Length(max=200)])
    content = TextAreaField("Message", filters=[strip], validators=[DataRequired(), Length(max=10_000)])
    cc = StringField("Copy to", filters=[strip], validators=[Length(max=2000)])
    bcc = StringField("Hidden copy to", filters=[strip], validators=[Length(max=2000)])


def sent_files() -> list[tuple[str, IO[bytes]]]:
    """The files that were sent with a form."""
    return [(one.filename, one.stream) for one in request.files.getlist("files") if one.filename]
