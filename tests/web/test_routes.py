"""Every route says who may call it, and is called like that."""

from flask import Flask
from werkzeug.routing import Rule

from kb.api.routes import ACCESS as API
from kb.feeds.routes import ACCESS as FEEDS
from kb.web.access import ACCESS, Access

VALUES = {
    "lang": "fr",
    "slug": "case-de-la-paix-gao",
    "name": "themes",
    "token": "unknown",
    "quarter": "2020-q1",
}
# What visitors may send: to sign in, to set a password by a link, and to ask for an account.
FORMS_OF_VISITORS = {
    "reporting.form",
    "account.sign_in",
    "account.forgotten",
    "account.password",
    "account.request_access",
}
# A link, a feed, a file and a quarter that are not there.
NOT_THERE = {
    "account.password",
    "feeds.mine",
    "indicators.quarter",
    "media.file",
    "styleguide.overview",
}


def test_every_route_is_declared_and_nothing_else(app: Flask):
    declared = {**{name: access.value for name, access in ACCESS.items()}, **API, **FEEDS}
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(declared)
    assert set(FEEDS.values()) == {"anyone"}
    # One address of the API writes: it asks for a key.
    assert {name: access for name, access in API.items() if access != "anyone"} == {
        "api.record_adoption": "key"
    }


def of_anyone(app: Flask) -> list[Rule]:
    """The routes that nobody needs an account for."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if ACCESS.get(rule.endpoint, Access.ANYONE) is Access.ANYONE
        and API.get(rule.endpoint) != "key"
    ]


def test_anyone_may_only_ask(app: Flask):
    sending = {
        rule.endpoint for rule in of_anyone(app) if rule.methods != {"GET", "HEAD", "OPTIONS"}
    }
    assert sending == FORMS_OF_VISITORS


def test_what_is_open_to_anyone_answers_anyone(app: Flask):
    client = app.test_client(use_cookies=False)
    called = 0
    for rule in of_anyone(app):
        if rule.endpoint == "static":
            continue
        with app.test_request_context():
            values = {name: VALUES[name] for name in rule.arguments}
            address = app.url_for(rule.endpoint, **values)
        expected = {404} if rule.endpoint in NOT_THERE else {200, 302}
        assert client.get(address).status_code in expected, address
        called += 1
    assert called >= 18
