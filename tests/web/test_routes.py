"""Every route says who may call it, and is called like that."""

from flask import Flask

from kb.api.routes import ACCESS as API
from kb.feeds.routes import ACCESS as FEEDS
from kb.web.access import ACCESS

VALUES = {"lang": "fr", "slug": "case-de-la-paix-gao", "name": "themes"}


def test_every_route_is_declared_and_nothing_else(app: Flask):
    declared = {**{name: access.value for name, access in ACCESS.items()}, **API, **FEEDS}
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(declared)
    assert set(declared.values()) == {"anyone"}


def test_anyone_may_only_ask(app: Flask):
    for rule in app.url_map.iter_rules():
        assert rule.methods == {"GET", "HEAD", "OPTIONS"}, rule.endpoint


def test_what_is_open_to_anyone_answers_anyone(app: Flask):
    client = app.test_client(use_cookies=False)
    called = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        with app.test_request_context():
            values = {name: VALUES[name] for name in rule.arguments}
            address = app.url_for(rule.endpoint, **values)
        assert client.get(address).status_code in {200, 302}, address
        called += 1
    assert called >= 18
