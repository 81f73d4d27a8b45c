"""What schemathesis is told beside the document: what JSON Schema cannot say."""

from __future__ import annotations

from typing import Any

import schemathesis

from mip.contracts import is_valid_uid


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Take out a limit at which it would draw ten thousand UIDs, one by one, for minutes."""
    for name in ("SeriesByPath", "SeriesByUid"):
        uids = raw_schema["components"]["schemas"][name]["properties"]["instance_uids"]
        del uids["maxItems"]


@schemathesis.hook
def map_case(context: schemathesis.HookContext, case: schemathesis.Case) -> schemathesis.Case:
    """Name the series where the study is a path, which no schema of one parameter can ask for."""
    if case.operation.path == "/studies/{study}/images":
        study = (case.path_parameters or {}).get("study")
        if not is_valid_uid(str(study)):
            case.query = {"series_id": "s", **(case.query or {})}
    return case


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Make bodies keep to what the document says in words."""
    if not isinstance(body, dict) or context.operation is None:
        return body
    if context.operation.path == "/process/{algorithm}":
        body = {name: value for name, value in body.items() if name != "callback_url"}
        # No host is allowed to be called; and an operator says whose job it is.
        return body if "callback" in body else {"client_id": "somebody", **body}
    if "desired_count" in body and "status" in body:  # which have to go together
        body = {name: value for name, value in body.items() if name != "status"}
    parameters = body.get("parameters")
    if "algorithms" in context.operation.path and isinstance(parameters, dict):
        return {**body, "parameters": _consistent(parameters)}
    return body


def _consistent(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out defaults, which keep to the limits beside them, and names that are required."""
    names = schema.get("properties", {})
    if isinstance(names, dict) and isinstance(schema.get("required"), list):
        schema = {**schema, "required": list(names)}
    return {name: _without_default(item) for name, item in schema.items()}


def _without_default(item: Any) -> Any:
    if isinstance(item, dict):
        kept = {key: _without_default(value) for key, value in item.items()}
        if isinstance(item.get("type"), str):
            kept.pop("default", None)
        return kept
    if isinstance(item, list):
        return [_without_default(value) for value in item]
    return int(item) if isinstance(item, float) and item.is_integer() else item
