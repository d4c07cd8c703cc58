"""Forms: what people send, read from the body of the request and from nowhere else."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import request
from wtforms import Form as WTForm
from wtforms.i18n import DummyTranslations
from wtforms.meta import DefaultMeta

from app.core.errors import Invalid


class Words(DummyTranslations):
    """What the library says of a field, as the rest of Rapport says it: what to do."""

    SAID: ClassVar[Mapping[str, str]] = {"This field is required.": "Fill this in."}

    def gettext(self, string: str) -> str:
        """The same, or our own."""
        return self.SAID.get(string, string)


class Form(WTForm):
    """A form of a page: `form = SignInForm(); if form.was_sent(): ...`.

    Field values of the query string or of JSON are never mixed in. `CSRFProtect` has
    checked the token before the route runs.
    """

    class Meta(DefaultMeta):
        """How the library is to behave."""

        def get_translations(self, _form: WTForm) -> Words:
            """In our words."""
            return Words()

    def __init__(self, **values: Any):
        super().__init__(request.form if request.method == "POST" else None, **values)

    def was_sent(self) -> bool:
        """True when the form was posted and every field makes sense."""
        return request.method == "POST" and self.validate()

    def blame(self, refusal: Invalid) -> None:
        """Show an action's refusal at the fields it names, the rest on top of the form."""
        for name, sentences in refusal.errors.items():
            if name in self:
                self[name].errors = [*self[name].errors, *sentences]
            else:
                self.form_errors.extend(sentences)
        if not refusal.errors:
            self.form_errors.append(str(refusal))


def refusal_of(form: WTForm) -> Invalid:
    """What is wrong with what was typed, as an action would say it."""
    return Invalid(errors={name: list(map(str, words)) for name, words in form.errors.items() if name})


def strip(text: str | None) -> str:
    """A filter for text fields: spaces around are never meant."""
    return (text or "").strip()
