"""What people send to accounts."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import EmailField, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from app.accounts import passwords
from app.core.forms import Form, strip

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
    """A new password, typed once: the field can be shown."""

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
