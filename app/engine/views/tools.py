"""What can be done with a whole list as it stands: links beside its search box."""

from dataclasses import dataclass

from app.core.access import Actor
from app.engine.views.columns import LISTS


@dataclass(frozen=True)
class ListTool:
    """A page that takes a list: `url` is asked for with `list` and `query`, the list's path and address."""

    label: str
    url: str
    permission: str
    icon: str
    key: str = ""


_tools: dict[str, ListTool] = {}


def add_tool(tool: ListTool) -> None:
    """Let something be done with lists whose rows are records."""
    _tools[tool.url] = tool


def tools_for(actor: Actor, path: str) -> list[ListTool]:
    """What this actor can do with a list."""
    listing = LISTS.get(path)
    if listing is None or not listing.kind or listing.rows is None:
        return []
    return [tool for tool in _tools.values() if actor.can(tool.permission)]
