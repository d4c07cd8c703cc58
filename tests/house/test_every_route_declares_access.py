"""Every route says who may use it."""

from app.core import access


def declared(app) -> dict[str, str | None]:
    with app.app_context():
        return {
            f"{method} {rule.rule}": access.declared_permission(rule.endpoint, method)
            for rule in app.url_map.iter_rules()
            if rule.endpoint != "static"
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        }


def test_every_route_declares_who_may_use_it(application):
    silent = [route for route, asked in declared(application).items() if asked is None]
    assert silent == [], f"put @access.requires, @access.signed_in or @access.public on {silent}"


def test_no_route_asks_for_a_right_that_nobody_declared(application):
    unknown = {asked for asked in declared(application).values() if asked} - set(access.PERMISSIONS) - {"*"}
    assert unknown == set()


def test_a_route_that_declares_nothing_is_refused(app, config):
    from app import create_app

    careless = create_app(config)
    careless.add_url_rule("/forgotten", view_func=lambda: "open to all", endpoint="forgotten")
    assert careless.test_client().get("/forgotten").status_code == 403
