"""The OpenAPI 3.1 description, made from the table of operations and the wire schemas."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from kb.api.answers import JSON
from kb.api.errors import PROBLEM_JSON
from kb.api.operations import LANG, Operation, Parameter
from kb.api.schemas import Problem
from kb.core.language import Locale

VERSION = "1.1.0"
KEY = "key"
SCHEMA_ADDRESS = "#/components/schemas/{model}"
PLACEHOLDERS: dict[str, dict[str, Any]] = {
    "slug": {
        "description": "The practice's permanent address.",
        "schema": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
    },
    "lang": {
        "description": "Language of the page that this document lies beside.",
        "schema": {"type": "string", "enum": [locale.value for locale in Locale]},
    },
    "name": {
        "description": "A name from the list of vocabularies.",
        "schema": {"type": "string"},
    },
}


def describe(operations: Iterable[Operation], base_url: str) -> dict[str, Any]:
    """The whole description."""
    table = tuple(operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Palabre",
            "version": VERSION,
            "summary": "Home-grown conflict-management practices of the Liptako-Gourma.",
            "license": {"name": "CC BY-SA 4.0 (texts)", "identifier": "CC-BY-SA-4.0"},
        },
        "servers": [{"url": base_url}],
        "paths": {
            operation.path: {operation.method.lower(): _operation(operation)}
            for operation in table
        },
        "components": {
            "schemas": _schemas(table),
            "securitySchemes": {KEY: {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    models: dict[type[BaseModel], None] = {Problem: None}
    for operation in operations:
        models.update(dict.fromkeys(_answers(operation).values()))
        if operation.body is not None:
            models[operation.body] = None
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models],
        by_alias=True,
        ref_template=SCHEMA_ADDRESS,
    )
    # We refuse to send a field that is not declared; readers should not refuse one that is new.
    return {
        name: {key: value for key, value in schema.items() if key != "additionalProperties"}
        for name, schema in definitions["$defs"].items()
    }


def _answers(operation: Operation) -> dict[str, type[BaseModel]]:
    own = {JSON: operation.answer} if operation.answer else {}
    return {**own, **operation.also}


def _operation(operation: Operation) -> dict[str, Any]:
    lang = () if "lang" in operation.path_parameters else (LANG,)
    body = operation.body
    sent = {"security": [{KEY: []}], "requestBody": _sent(body)} if body is not None else {}
    return {
        "operationId": operation.endpoint,
        "summary": operation.summary,
        **sent,
        "parameters": [
            *(_path_parameter(name) for name in operation.path_parameters),
            *(_parameter(parameter) for parameter in (*operation.parameters, *lang)),
        ],
        "responses": _responses(operation),
    }


def _sent(body: type[BaseModel]) -> dict[str, Any]:
    return {"required": True, "content": {JSON: _content(body)}}


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, **PLACEHOLDERS[name]}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _responses(operation: Operation) -> dict[str, Any]:
    problems = [HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INTERNAL_SERVER_ERROR]
    if operation.path_parameters or operation.may_be_missing:
        problems.append(HTTPStatus.NOT_FOUND)
    if "slug" in operation.path_parameters:
        problems.append(HTTPStatus.GONE)
    if operation.uses_index:
        problems.append(HTTPStatus.SERVICE_UNAVAILABLE)
    if operation.body is not None:
        problems += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
        problems += [HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT]
    return {
        **_good_answers(operation),
        **{
            str(int(status)): {
                "description": status.phrase,
                "content": {PROBLEM_JSON: _content(Problem)},
            }
            for status in sorted(problems)
        },
    }


def _good_answers(operation: Operation) -> dict[str, Any]:
    content = {mimetype: _content(model) for mimetype, model in _answers(operation).items()}
    if operation.body is not None:
        return {"201": {"description": operation.summary, "content": content}}
    return {
        "200": {
            "description": operation.summary,
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": content or {JSON: {"schema": {"type": "object"}}},
        },
        "304": {"description": "Not modified since the `ETag` sent as `If-None-Match`."},
    }


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": SCHEMA_ADDRESS.format(model=model.__name__)}}
