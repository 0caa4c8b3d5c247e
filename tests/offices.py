"""Two tenants at one service, each with its keys, and what the first of them has done there."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from app.adapters.accounts_sql import SqlPeople
from app.core.access import Role, Scope
from app.core.model.registry import Registry
from app.core.model.signing import dev_signer
from app.core.reasons import default_reason_map
from app.main import create_app
from app.services.accounts import token_digest
from app.settings import Settings, read_settings
from app.wiring import SystemClock, open_accounts, open_key_store, people_key, trusted_keys
from tests.bundles import tiny_bundle, tiny_contents, try_in_process
from tests.desks import NUMBERS, filed, line

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EVERYTHING = frozenset(str(scope) for scope in Scope)
MAKER = "Quillmere Padded Goods Works"  # a made-up firm that only the first tenant knows
BAD = "erk_abcdefgh_" + "A1b2C3d4E5" * 3
Answer = Any  # an httpx response, whichever of its packages the client is built on


@dataclass
class Office:
    """A running service, secrets by credential, and ids of what the first tenant made.

    `people` are the first tenant's by role: the token of their session and that of their forms.
    """

    client: TestClient
    app: Starlette
    secrets: Mapping[str, str]
    people: Mapping[str, tuple[str, str]]
    ids: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, credential: str, body: Any = None, **headers: str
    ) -> Answer:
        """Ask with a credential by name; `none` sends no header."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        secret = self.secrets.get(credential)
        if secret is not None:
            given["Authorization"] = f"Bearer {secret}"
        given |= self._cookie(credential)
        return self.client.request(method, path, json=body, headers=given)

    def upload(self, path: str, credential: str, content: bytes, media_type: str) -> Answer:
        """Send bytes with a key."""
        headers = {
            "Authorization": f"Bearer {self.secrets[credential]}",
            "Content-Type": media_type,
        }
        return self.client.post(path, content=content, headers=headers)

    def submit(self, path: str, credential: str, **fields: str) -> Answer:
        """Send a form of the console with a key in it, or with the token of who is signed in."""
        key = self.secrets.get(credential, "")
        _, form = self.people.get(credential, ("", ""))
        return self.send(path, credential, **fields, key=key, form=form)

    def send(self, path: str, credential: str, **fields: str) -> Answer:
        """Send a form as it is given."""
        headers = FORM | self._cookie(credential)
        return self.client.post(
            path, content=urlencode(fields), headers=headers, follow_redirects=False
        )

    def _cookie(self, credential: str) -> dict[str, str]:
        self.client.cookies.clear()
        if credential not in self.people:
            return {}
        return {"Cookie": f"entry_risk_session={self.people[credential][0]}"}

    def routes(self) -> Iterator[tuple[str, str]]:
        """Yield every route that is served: method and path template."""
        for route in self.app.routes:
            assert isinstance(route, Route), route
            for method in sorted(set(route.methods or ()) - {"HEAD", "OPTIONS"}):
                yield method, route.path

    def filled(self, template: str) -> str:
        """Return a path template with the first tenant's ids in it."""
        return re.sub(r"{(\w+)}", lambda part: self.ids.get(part[1], "unknown"), template)


def settings_in(folder: Path) -> Settings:
    """Return settings of a service on SQLite that writes nowhere but in `folder`."""
    return read_settings(data_dir=folder / "var", models_dir=folder / "models")


def put_bundle(settings: Settings) -> None:
    """Put a tiny bundle live that holds everything, so that every line has reasons."""
    made = tiny_bundle(
        settings.models_dir,
        dev_signer(settings.data_dir / "keys"),
        reason_map=default_reason_map(tiny_contents().schema.names),
        baseline_policy={"review_at": 0, "hold_at": 0},
    )
    registry = Registry(settings.models_dir, trusted_keys(settings), trial=try_in_process)
    registry.set_live(made.name)


def make_keys(settings: Settings) -> dict[str, str]:
    """Return secrets by credential: one of each scope, all, revoked, expired, another tenant's."""
    with open_key_store(settings) as keys:
        made = {
            str(scope): keys.create("acme", "one", frozenset({str(scope)}))[1] for scope in Scope
        }
        made["all"] = keys.create("acme", "all", EVERYTHING)[1]
        made["other"] = keys.create("zenith", "all", EVERYTHING)[1]
        for name in ("third", "busy"):  # "other" never files anything
            made[name] = keys.create(name, "all", EVERYTHING)[1]
        yesterday = datetime.now(UTC) - timedelta(days=1)
        made["expired"] = keys.create("acme", "expired", EVERYTHING, yesterday)[1]
        revoked, made["revoked"] = keys.create("acme", "revoked", EVERYTHING)
        keys.revoke(revoked.key_id)
    made["bad"] = BAD
    return made


def make_people(settings: Settings) -> dict[str, tuple[str, str]]:
    """Return someone signed in for each role: the token of the session and that of its forms."""
    made = {}
    key = people_key(settings)
    with open_key_store(settings) as keys:
        accounts = open_accounts(keys.control, key, SystemClock())
        people = SqlPeople(keys.control)
        for role in Role:
            people.add("acme", str(role), frozenset({str(role)}))
            people.put_link(str(role), token_digest(key, "link", role), timedelta(hours=1))
            session = asyncio.run(accounts.redeem(role, f"the password of a {role}"))
            made[str(role)] = (session, accounts.form_token(session))
    return made


def entry_of(number: str) -> dict[str, Any]:
    """Return a filed entry of goods by the maker that only the first tenant knows."""
    maker = {"name": MAKER, "city": "Quillmere", "country": "CN"}
    return filed(number, line(manufacturer=maker))


@contextmanager
def open_office(folder: Path) -> Iterator[Office]:
    """Give a running service where the first tenant has filed an entry and told its outcome."""
    settings = settings_in(folder)
    put_bundle(settings)
    secrets, people = make_keys(settings), make_people(settings)
    app = create_app(settings)
    with TestClient(app) as client:
        office = Office(client, app, secrets, people)
        first = office.ask("POST", "/v1/score", "all", entry_of(NUMBERS[0])).json()
        office.ids["decision_id"] = first["decision_id"]
        told = {
            "entry_number": NUMBERS[0],
            "line_numbers": None,
            "code": "detained_pending",
            "source": "government",
            "event_at": first["scored_at"][:10],
            "known_at": first["scored_at"][:10],
        }
        outcome = office.ask("POST", "/v1/outcomes", "all", told)
        assert outcome.status_code == 201, outcome.text
        office.ids["outcome_id"] = outcome.json()["outcome_id"]
        lines = orjson.dumps(entry_of(NUMBERS[0]) | {"intent": "draft"}) + b"\n"
        job = office.upload("/v1/jobs", "all", lines, "application/x-ndjson")
        assert job.status_code == 202, job.text
        office.ids["job_id"] = job.json()["job_id"]
        query = urlencode({"name": MAKER})
        found = office.ask("GET", f"/v1/suppliers?{query}", "all").json()
        office.ids["key"] = found["suppliers"][0]["key"]
        office.ids["supplier"] = office.ids["key"]
        yield office
