"""A frame for tests: what the script in it sends, with what the browser keeps."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.widget.models import Widget
from tests.browser_client import OwnContext


class Frame:
    """The frame of one widget in one browser."""

    def __init__(self, app: Any, widget: Widget, secret: str = "") -> None:
        self.http = OwnContext(app, app.response_class, use_cookies=True)
        self.here = f"/widget/{widget.key}"
        self.secret = secret

    @property
    def headers(self) -> dict[str, str]:
        known = {"Authorization": f"Visitor {self.secret}"} if self.secret else {}
        return {"Accept": "application/json", **known}

    def get(self, path: str = "") -> TestResponse:
        return self.http.get(self.here + path, headers=self.headers)

    def post(self, path: str, **values: Any) -> TestResponse:
        answer = self.http.post(self.here + path, data=values, headers=self.headers)
        if answer.status_code == 200 and answer.is_json and answer.json.get("secret"):
            self.secret = answer.json["secret"]
        return answer

    def begin(self, message: str = "Do you gift-wrap?", **values: Any) -> str:
        """A first message; returns the conversation's id."""
        answer = self.post("/chats", message=message, **values)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return str(answer.json["chat"])


@pytest.fixture
def frame(app):
    """Open a widget's frame: `frame(widget)`, with the secret a browser kept or none."""
    return lambda widget, secret="": Frame(app, widget, secret)
