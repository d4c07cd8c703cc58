"""What accounts plug into."""

from flask import Flask

from app.accounts import cli, colleagues, columns, disclosed, jobs  # noqa: F401 - jobs registers its work
from app.accounts.access import PERMISSIONS
from app.accounts.actions import staff
from app.accounts.routes import entry, settings
from app.accounts.routes import staff as staff_routes
from app.core import access, layout
from app.core.layout import Hit, NavItem
from app.core.reseal import Documents, add_documents
from app.engine.events import catalogue
from app.engine.notes import mentions
from app.engine.views.columns import add_list

OF_ROW = "(SELECT table_name FROM audit_log WHERE audit_log.audit_id = audit_personal.audit_id) AS of_table, row_id"
TRAIL = Documents("audit_personal", ("audit_id",), ("changes",), OF_ROW, is_trail=True)


def add(app: Flask) -> None:
    """Let people in, and admins decide who they are."""
    access.declare(*PERMISSIONS)
    disclosed.add()
    add_list(columns.STAFF, *columns.COLUMNS)
    mentions.know(colleagues.COLLEAGUES)
    add_documents(TRAIL)
    app.register_blueprint(entry.bp)
    app.register_blueprint(settings.bp)
    app.register_blueprint(staff_routes.bp)
    app.cli.add_command(cli.group)
    catalogue.subscribe(
        "accounts.close",
        "customer.deactivated",
        "employee.deactivated",
        handler=staff.follow_deactivation,
    )
    layout.add_nav(
        NavItem("Staff", "/staff", "users-group", "staff.read", "Settings", 20),
        NavItem("Roles", "/roles", "shield-check", "roles.manage", "Settings", 30),
        NavItem("Audit trail", "/audit", "history", "audit.read", "Settings", 40),
    )
    layout.add_command("staff.edit", Hit("Register an employee", "/staff/new", "user-plus"))
    layout.add_command("api_keys.manage", Hit("Make an API key", "/settings/api-keys", "key"))
