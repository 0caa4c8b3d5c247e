"""What the access matrix has in a cell: the status that a credential gets at a route.

API routes are asked with the least body (`{}`, one least entry to be scored) and the first
tenant's ids where their templates name them; forms of the console get the key as a field. A role
is someone of the first tenant who is signed in: the cookie, and the token of their forms.
"""

import csv
from pathlib import Path

from app.core.access import Role, Scope
from tests.offices import Office

MATRIX = Path(__file__).parent / "matrix.csv"
CREDENTIALS = ("none", "bad", "revoked", "expired", "other", *map(str, Scope), *map(str, Role))
WITH_A_KEY = ("other", *map(str, Scope))
LEAST_ENTRY = {
    "lines": [{"hts": "6201407511", "origin_country": "CN", "entered_value_usd": "48250.00"}]
}
BODIES = {"/v1/score": LEAST_ENTRY, "/v1/score/batch": {"entries": [LEAST_ENTRY]}}
TYPES = {"/v1/reference/imports": "text/csv", "/v1/jobs": "application/x-ndjson"}
QUERIES = {"/v1/suppliers": "?name=Nobody"}
FORMS = {"/": {"entry": "{}"}, "/console/suppliers": {"name": "nobody of that name"}}
FORGED = {  # forms of nobody's: a good one would change who is signed in
    "/console/sign-in": {"login": "dana", "password": "none of hers", "form": "0"},
    "/console/sign-out": {"form": "0"},
    "/console/welcome": {"link": "none", "password": "correct horse battery", "form": "0"},
}


def rows() -> list[dict[str, str]]:
    """Return the checked-in rows."""
    with MATRIX.open(newline="") as file:
        return list(csv.DictReader(file))


def asked(office: Office, method: str, template: str, credential: str) -> int:
    """Return the status that a credential gets at a route."""
    if method == "POST" and template in FORGED:
        return int(office.send(template, credential, **FORGED[template]).status_code)
    if method == "POST" and template in FORMS:
        return int(office.submit(template, credential, **FORMS[template]).status_code)
    path = office.filled(template) + QUERIES.get(template, "")
    body = BODIES.get(template, {}) if method in {"POST", "PUT", "PATCH"} else None
    types = {"content_type": TYPES[template]} if template in TYPES and body is not None else {}
    return int(office.ask(method, path, credential, body, **types).status_code)
