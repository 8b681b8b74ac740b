"""The description describes every route, and every answer is as described."""

from pathlib import Path
import re

import pytest

from kb.api.operations import LANG
from kb.api.routes import ACCESS, OPERATIONS
from kb.api.schemas import Problem
from kb.feeds.routes import ROUTES

READING = [operation for operation in OPERATIONS if operation.body is None]
METHODS = {"GET", "HEAD", "OPTIONS"}
DOCUMENTS = {"slug": "case-de-la-paix-gao", "name": "regions", "lang": "en"}


@pytest.fixture
def description(client):
    return client.get("/api/v1/openapi.json").json


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_route_is_described_and_the_other_way_round(app, description):
    routes = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") or rule.rule.startswith("/api/"):
            assert rule.methods in (METHODS, {"POST", "OPTIONS"})
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            if "lang" in (rule.defaults or {}):
                path = path.replace(f"/{rule.defaults['lang']}/", "/{lang}/", 1)
            routes.add((path, rule.endpoint))
    described = {
        (path, f"api.{told['operationId']}")
        for path, item in description["paths"].items()
        for told in item.values()
    }
    assert routes == described
    methods = {path: set(item) for path, item in description["paths"].items()}
    assert methods.pop("/api/v1/adoptions") == {"post"}
    assert all(each == {"get"} for each in methods.values())


def test_every_route_declares_its_access(app):
    endpoints = {r.endpoint for r in app.url_map.iter_rules() if r.endpoint.startswith("api.")}
    assert dict.fromkeys(endpoints, "anyone") | {"api.record_adoption": "key"} == ACCESS


def test_the_description_holds_together(description):
    schemas = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert set(references(description)) == schemas
    assert description["openapi"] == "3.1.0"
    for path, item in description["paths"].items():
        (told,) = item.values()
        declared = [p["name"] for p in told["parameters"] if p["in"] == "path"]
        assert declared == re.findall(r"{(\w+)}", path)
        names = [(p["name"], p["in"]) for p in told["parameters"]]
        assert len(set(names)) == len(names)


def test_the_guide_names_every_address_and_parameter():
    guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for operation in OPERATIONS:
        assert f"`{operation.method} {operation.path}`" in guide
        for parameter in (*operation.parameters, LANG):
            assert f"`{parameter.name}`" in guide
    for rule in ROUTES:
        assert f"`GET {rule}`" in guide


def test_the_description_is_the_same_each_time(client):
    first, second = (client.get("/api/v1/openapi.json").data for _ in range(2))
    assert first == second


@pytest.mark.parametrize("operation", READING, ids=lambda operation: operation.endpoint)
def test_answers_are_as_described(client, operation):
    forms = {"application/json": operation.answer, **operation.also}
    for mimetype, model in forms.items():
        address = operation.path.format(**DOCUMENTS)
        response = client.get(address, headers={"Accept": mimetype})
        assert (response.status_code, response.mimetype) == (200, mimetype)
        if model is not None:
            assert model.model_config["extra"] == "forbid"
            document = model.model_validate_json(response.data)
            assert document.model_dump_json(by_alias=True).encode() == response.data


def test_problems_are_as_described(client):
    for address in ("/api/v1/nothing", "/api/v1/practices?lang=xx"):
        Problem.model_validate_json(client.get(address).data)
