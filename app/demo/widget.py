"""The chat of the demo shop on somebody else's page."""

from urllib.parse import urlsplit

from app.core.access import Actor
from app.widget.actions import widgets
from app.widget.actions.widgets import WidgetDetails

KEY = "demo-shop"
GREETING = "Hello! Ask us anything: about a lamp, an order, or a delivery."
RULE = {"page": "/widget/demo", "seconds": 20, "words": "Not sure which lamp fits? Ask us, we have tried them all."}


def put_on_page(public_url: str, actor: Actor) -> None:
    """Make the widget that /widget/demo shows, for both names of this machine."""
    port = urlsplit(public_url).port
    names = [f"http://{name}:{port}" if port else f"http://{name}" for name in ("127.0.0.1", "localhost")]
    details = WidgetDetails(
        name="Bright Lamps",
        colour="#a2571b",
        greeting=GREETING,
        asks_email="optional",
        origins=names,
        tells_page=True,
        rules=[RULE],
    )
    widgets.create_widget(details, actor=actor, key=KEY)
