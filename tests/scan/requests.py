#!/usr/bin/env python3
"""Writes the scanners' requests: every operation of the OpenAPI document as raw HTTP, with every input marked for sqlmap.

requests.py OPENAPI ADDRESS KEY VALUES FOLDER

VALUES is JSON: the value of each path parameter. Writes FOLDER/NN-operation.txt, deletions last, and FOLDER/urls, the
addresses of all GETs with every query parameter, for wapiti.
"""

import json
import os
import sys
from urllib.parse import urlencode, urlsplit

# Values of parameters without an example in the document.
QUERY = {
    "limit": "10",
    "cursor": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "from": "2026-01-01T00:00:00Z",
    "to": "2027-01-01T00:00:00Z",
    "deleted": "false",
    "explain": "true",
    "confirm": "true",
    "version": "1",
}
HEADERS = {"If-Match": '"1"', "Idempotency-Key": "scan"}
BODIES = {
    "putPreferences": [{"interface": {"theme": "dark"}}],
    "patchPreferences": [{"interface": {"theme": "dark"}, "locale": {"language": "de"}}],
}


def example(schema, schemas, depth=0):
    """Returns the schema's own example, else a body built from its properties."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    for name in ("example", "default"):
        if name in schema:
            return schema[name]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    for name in ("oneOf", "anyOf", "allOf"):
        if name in schema:
            return example(next(one for one in schema[name] if one.get("type") != "null"), schemas, depth)
    kinds = schema.get("type", "object")
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "object":
        return {} if depth > 3 else {name: example(one, schemas, depth + 1) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [example(schema.get("items", {}), schemas, depth + 1)]
    return {"integer": schema.get("minimum", 1), "number": 1, "boolean": True, "string": "a"}.get(kind)


def examples(schema, schemas):
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    return schema.get("examples") or [example(schema, schemas)]


def mark(value):
    """Returns the value with a mark after every text."""
    if isinstance(value, dict):
        return {name: mark(one) for name, one in value.items()}
    if isinstance(value, list):
        return [mark(one) for one in value]
    return value + "*" if isinstance(value, str) else value


def main(document, address, key, values, folder):
    with open(document, encoding="utf-8") as file:
        document = json.load(file)
    values = json.loads(values)
    host = urlsplit(address).netloc
    found, urls = [], []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            name = operation["operationId"]
            parameters = operation.get("parameters", [])
            plain = path
            marked = path
            for parameter in (one["name"] for one in parameters if one["in"] == "path"):
                marked = marked.replace("{" + parameter + "}", values[parameter] + "*")
                plain = plain.replace("{" + parameter + "}", values[parameter])
            query = {one["name"]: QUERY[one["name"]] for one in parameters if one["in"] == "query"}
            if query:
                marked += "?" + "&".join(f"{one}={value}*" for one, value in query.items())
            headers = [f"Host: {host}", f"Authorization: Bearer {key}", "Accept: application/json"]
            own = [f"{one['name']}: {HEADERS[one['name']]}*" for one in parameters if one["in"] == "header"]
            bodies = [None]
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                bodies = BODIES.get(name) or examples(schema, document["components"]["schemas"])
                headers.append("Content-Type: application/json")
            # Once without Hatcheck's own headers: a failed precondition or a used key would stop the attempts early.
            for extra in [own, []] if own else [[]]:
                for body in bodies:
                    text = "\r\n".join([f"{method.upper()} {marked} HTTP/1.1", *headers, *extra]) + "\r\n\r\n"
                    text += json.dumps(mark(body)) if body is not None else ""
                    if "*" in text:
                        found.append((method == "delete", name, text))
            if method == "get":
                urls.append(address + plain + ("?" + urlencode(query) if query else ""))
    found.sort(key=lambda one: one[0])
    os.makedirs(folder, exist_ok=True)
    for number, (_, name, text) in enumerate(found):
        with open(os.path.join(folder, f"{number:02}-{name}.txt"), "w", encoding="utf-8", newline="") as file:
            file.write(text)
    with open(os.path.join(folder, "urls"), "w", encoding="utf-8") as file:
        file.write("\n".join(urls) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
