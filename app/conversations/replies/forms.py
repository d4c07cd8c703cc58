"""What employees type of a canned reply."""

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.conversations.actions.writing import LONGEST_MESSAGE
from app.conversations.replies.actions import AUDIENCES, LONGEST_NAME, ReplyDetails
from app.core.access import Actor
from app.core.forms import Form, strip


class ReplyForm(Form):
    """A canned reply."""

    name = StringField(
        "Name",
        filters=[strip],
        validators=[DataRequired(), Length(max=LONGEST_NAME)],
        description="Typed after / in a message, such as opening-hours.",
    )
    body = TextAreaField("Text", filters=[strip], validators=[DataRequired(), Length(max=LONGEST_MESSAGE)])
    audience = RadioField("Who may use it", default="own")

    def offer(self, actor: Actor) -> None:
        """Let who may share choose with whom."""
        allowed = AUDIENCES if actor.can("replies.share") else {"own": AUDIENCES["own"]}
        self.audience.choices = list(allowed.items())

    @property
    def details(self) -> ReplyDetails:
        """What was typed."""
        return ReplyDetails(self.name.data or "", self.body.data or "", self.audience.data or "own")
