"""What people say of a view."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import DataRequired, Length

from app.engine.views.actions import LONGEST_NAME, ViewDetails


class ViewForm(FlaskForm):
    """A view's name, and for whom it is."""

    list = HiddenField()
    query = HiddenField()
    name = StringField("Name", [DataRequired("Enter a name."), Length(max=LONGEST_NAME)])
    is_pinned = BooleanField("Show it as a tab")
    is_default = BooleanField("Open the list with it")
    is_shared = BooleanField("Share it with everybody")

    def read(self) -> ViewDetails:
        """What was chosen."""
        return ViewDetails(self.name.data or "", self.is_shared.data, self.is_pinned.data, self.is_default.data)
