"""What people send to accounts."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import request
from wtforms import (
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts import passwords
from app.accounts.actions.api_keys import LIVES_DAYS
from app.core.access import PERMISSIONS, ROLES, Actor, Scope
from app.core.forms import Form, strip
from app.people.actions import ROLES as STAFF_ROLES

TOLD = InputRequired("Please fill this in.")
NAME_LENGTH = Length(max=200, message="Use at most 200 characters.")


class Email:
    """An address as mail servers know it; look-alike and control characters are refused."""

    def __call__(self, _form: Form, field: Any) -> None:
        """Raises: ValidationError with the reason."""
        try:
            field.data = validate_email(field.data, check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError("Enter an email address, such as carla@example.com.") from None


def one_line(text: str | None) -> str:
    """A filter for names: one line, single spaces, nothing that cannot be seen."""
    words = " ".join((text or "").split())
    return "".join(character for character in words if character.isprintable())


class SignInForm(Form):
    """Who wants to get in."""

    email = EmailField("Email", [TOLD, Length(max=320)], filters=[strip])
    password = PasswordField("Password", [TOLD])


class EmailForm(Form):
    """Whose password was forgotten."""

    email = EmailField("Email", [TOLD, Length(max=320), Email()], filters=[strip])


class NewPasswordForm(Form):
    """A new password, typed once."""

    password = PasswordField(
        "New password",
        [TOLD],
        description=f"At least {passwords.SHORTEST} characters. Three or four words are easy to remember.",
    )


class SignUpForm(Form):
    """A customer who registers."""

    first_name = StringField("First name", [TOLD, NAME_LENGTH], filters=[one_line])
    last_name = StringField("Last name", [TOLD, NAME_LENGTH], filters=[one_line])
    email = EmailField("Email", [TOLD, Length(max=320), Email()], filters=[strip])
    password = PasswordField(
        "Password",
        [TOLD],
        description=f"At least {passwords.SHORTEST} characters. Three or four words are easy to remember.",
    )


class NameForm(Form):
    """One's own name."""

    first_name = StringField("First name", [TOLD, NAME_LENGTH], filters=[one_line])
    last_name = StringField("Last name", [TOLD, NAME_LENGTH], filters=[one_line])


class ChangePasswordForm(Form):
    """One's own password, old and new."""

    password = PasswordField("Present password", [TOLD])
    new_password = PasswordField(
        "New password",
        [TOLD],
        description=f"At least {passwords.SHORTEST} characters. You will be signed out everywhere else.",
    )


class ChangeEmailForm(Form):
    """One's own address, and a proof that it is oneself who changes it."""

    email = EmailField("New address", [TOLD, Length(max=320), Email()], filters=[strip])
    password = PasswordField("Present password", [TOLD], id="password-for-email")


class ThemeForm(Form):
    """How the pages look on this device."""

    theme = RadioField(
        "Colours", choices=[("auto", "As the device has it"), ("light", "Light"), ("dark", "Dark")], default="auto"
    )


class ApiKeyForm(Form):
    """What a new API key is for and what it may do."""

    name = StringField("What is it for?", [TOLD, Length(max=80)], filters=[one_line])
    days = SelectField("Works for", coerce=int, default=90, choices=[(days, f"{days} days") for days in LIVES_DAYS])
    permissions = SelectMultipleField(
        "It may",
        [InputRequired("Choose what the key may do.")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, actor: Actor, **values: Any):
        super().__init__(**values)
        self.permissions.choices = [(key, PERMISSIONS[key].label) for key in sorted(actor.grants)]


class EmployeeForm(Form):
    """A new employee."""

    first_name = StringField("First name", [TOLD, NAME_LENGTH], filters=[one_line])
    last_name = StringField("Last name", [TOLD, NAME_LENGTH], filters=[one_line])
    email = EmailField("Email", [TOLD, Length(max=320), Email()], filters=[strip])
    department = StringField("Department", [Optional(), Length(max=80)], filters=[one_line])
    role = SelectField("Role", choices=[(role, role.capitalize()) for role in STAFF_ROLES], default="agent")


class PlaceForm(Form):
    """An employee's role and department, with what the editor saw."""

    role = SelectField("Role", choices=[(role, role.capitalize()) for role in STAFF_ROLES])
    department = StringField("Department", [Optional(), Length(max=80)], filters=[one_line])
    seen_role = HiddenField()
    seen_department = HiddenField()


def sent_grants() -> dict[tuple[str, str], Scope | None]:
    """The whole table of roles as it was sent: `grant:agent:customers.read` = own, team, all or nothing."""
    wanted: dict[tuple[str, str], Scope | None] = {}
    for key, permission in PERMISSIONS.items():
        for role in ROLES:
            sent = request.form.get(f"grant:{role}:{key}", "")
            known = ("own", "team", "all") if permission.scoped else (permission.for_role(role) or "all",)
            wanted[role, key] = sent if sent in known else None  # type: ignore[assignment]
    return wanted
