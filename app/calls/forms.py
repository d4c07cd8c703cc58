"""What people type about the phone."""

from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import Length

from app.calls.actions.calling import AccountDetails
from app.core.forms import Form, strip

QUIET = {"autocomplete": "off", "spellcheck": "false"}


class OwnPhoneForm(Form):
    """One's own phone."""

    number = StringField("My number", filters=[strip], validators=[Length(max=40)])
    opens_customer = BooleanField("Open the customer’s page when the phone rings")


class AccountForm(Form):
    """The shop's account with a provider."""

    account_sid = StringField("Account SID", filters=[strip], render_kw=QUIET, validators=[Length(max=64)])
    token = PasswordField("Auth token", render_kw={"autocomplete": "new-password"})
    number = StringField("Our number", filters=[strip], validators=[Length(max=40)])
    forward_to = StringField("Who answers", filters=[strip], validators=[Length(max=40)])
    is_enabled = BooleanField("In use", default=True)

    @property
    def details(self) -> AccountDetails:
        """What was said."""
        said = {name: self[name].data or "" for name in ("account_sid", "number", "forward_to", "token")}
        return AccountDetails(**said, is_enabled=bool(self.is_enabled.data))
