"""A FastAPI route of the house's contract that does nothing: what our figures are held against.

Request and answer are the same documents as those of POST /v1/score, as models of pydantic, read
and written the way FastAPI's own documentation has it.
"""

from datetime import date
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

Scheduled = str | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PartyIn(_Strict):
    """A party."""

    name: str | None = Field(None, max_length=200)
    number: str | None = Field(None, max_length=64)
    mid: str | None = Field(None, max_length=15)
    address: str | None = Field(None, max_length=300)
    city: str | None = Field(None, max_length=100)
    postal_code: str | None = Field(None, max_length=20)
    country: str | None = Field(None, pattern=r"^[A-Z]{2}$")


class LegIn(_Strict):
    """A place on the way."""

    role: Literal["origin", "stuffing", "lading", "transshipment", "unlading", "entry"]
    country: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    unlocode: str | None = Field(None, pattern=r"^[A-Z]{2}[A-Z0-9]{3}$")
    schedule_k: str | None = None
    schedule_d: str | None = None


class LineIn(_Strict):
    """A line."""

    line_number: int | None = Field(None, ge=1, le=999)
    hts: str = Field(pattern=r"^\d{6,10}$")
    origin_country: str = Field(pattern=r"^[A-Z]{2}$")
    entered_value_usd: str = Field(pattern=r"^\d+(\.\d+)?$")
    description: str | None = None
    manufacturer: PartyIn | None = None
    seller: PartyIn | None = None
    quantity: str | float | None = None
    quantity_unit: str | None = None
    gross_weight_kg: str | float | None = None
    duty_rate_percent: str | float | None = None
    preference: str | None = None
    attributes: dict[str, str] = {}


class EntryIn(_Strict):
    """An entry."""

    intent: Literal["draft", "filed"] = "draft"
    entry_number: str | None = Field(None, max_length=40)
    revision: int = Field(1, ge=1)
    identifier_scheme: str | None = None
    entry_type: str | None = None
    filer_code: str | None = None
    port_of_entry: str | None = None
    port_scheme: str | None = None
    mode_of_transport: str | None = None
    importer: PartyIn | None = None
    export_country: str | None = None
    export_date: date | None = None
    arrival_date: date | None = None
    entry_date: date | None = None
    carrier_scac: str | None = None
    bills_of_lading: list[str] = []
    containers: list[str] = []
    route: list[LegIn] = []
    lines: list[LineIn] = Field(min_length=1, max_length=999)


class LineOut(BaseModel):
    """A line as answered."""

    line_number: int
    score: int
    probability: float
    band: Literal["release", "review", "hold"]
    floors: list[str]


class HitOut(BaseModel):
    """A hit in a list."""

    line_number: int | None
    role: str
    list: str
    entity: str
    entity_id: str
    regime: str
    match: float
    effective_from: date | None
    why: str
    strength: str
    effective_to: date | None
    order: str | None
    how: Any


class FindingOut(BaseModel):
    """What the customs system would say."""

    code: str
    severity: str
    path: str
    text: str


class VersionOut(BaseModel):
    """A model or reference."""

    version: str
    digest: str


class PolicyOut(BaseModel):
    """A policy."""

    version: int
    source: str


class AnswerOut(BaseModel):
    """An answer."""

    decision_id: str
    entry_number: str | None
    revision: int
    scored_at: str
    score: int
    probability: float
    band: Literal["release", "review", "hold"]
    supersedes: str | None
    history_seq: int
    lines: list[LineOut]
    resubmission: dict[str, Any] | None
    screening: list[HitOut]
    preflight: list[FindingOut]
    unknowns: list[str]
    exploration: bool
    degraded: bool
    degraded_groups: list[str]
    model: VersionOut
    policy: PolicyOut
    reference: VersionOut


ANSWER: dict[str, Any] = {
    "decision_id": "01KAT8E4J0YQ9X6V0B2M3N4P5Q",
    "entry_number": "BENCH-000001",
    "revision": 1,
    "scored_at": "2026-11-24T02:31:07.412Z",
    "score": 512,
    "probability": 0.0004,
    "band": "release",
    "supersedes": None,
    "history_seq": 90211,
    "lines": [
        {"line_number": 1, "score": 512, "probability": 0.0004, "band": "release", "floors": []}
    ],
    "resubmission": None,
    "screening": [],
    "preflight": [
        {
            "code": "CN_POSTAL_CODE",
            "severity": "warning",
            "path": "/lines/0/manufacturer/postal_code",
            "text": "CBP asks for the six-digit postal code of a manufacturer in China.",
        }
    ],
    "unknowns": ["importer history: first entry seen", "duty rate: not declared"],
    "exploration": False,
    "degraded": False,
    "degraded_groups": [],
    "model": {"version": "2026-11-24-3f9c1a", "digest": "sha256:" + "0" * 64},
    "policy": {"version": 7, "source": "ledger"},
    "reference": {"version": "2026-11-01", "digest": "sha256:" + "0" * 64},
}


def create_noop() -> FastAPI:
    """Return the application: `uvicorn --factory tests.bench.noop_route:create_noop`."""
    app = FastAPI()

    @app.post("/v1/score")
    async def score(entry: EntryIn) -> AnswerOut:
        return AnswerOut(**ANSWER)

    return app
