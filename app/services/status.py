"""What runs and whether it may be used, from the collaborators themselves."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.core.reference import ReferencePack
from app.services.answer import moment_text
from app.services.models import Models, Refusal, Serving
from app.services.ports import Ledger
from app.services.timekeeping import Timekeeper

SECONDS_A_DAY = 86_400
KEY_FIGURES = ("ap", "auroc", "p_at_1", "p_at_10", "log_loss", "ece", "n", "positives")


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Readiness and description of one process."""

    models: Models
    ledger: Ledger
    clock: Timekeeper
    data_dir: Path
    min_free_disk_percent: float
    build: Mapping[str, str]
    stores: Mapping[str, str]
    history_mode: str

    async def check(self) -> dict[str, bool]:
        """Return each condition of readiness by name; Redis is none of them."""
        models, today = self.models, self.clock.now().date()
        return {
            "model": self.models.is_loaded,
            "policy": self.models.is_loaded,
            "ledger": await self.ledger.is_writable(),
            "disk": self.free_disk_percent() >= self.min_free_disk_percent,
            "lists": models.lists_limit.is_kept(models.reference, today),
        }

    def free_disk_percent(self) -> float:
        """Return the free share of the disk that the service writes to, percent."""
        usage = shutil.disk_usage(self.data_dir)
        return 100 * usage.free / usage.total

    def figures(self) -> dict[str, float]:
        """Return what conditions are judged by, in base units: free disk, age of the lists.

        `clock_jump_seconds` is how far the clock was set since the start, 0 within the limit.
        """
        models, today = self.models, self.clock.now().date()
        age_days = models.lists_limit.age_days(models.reference, today)
        return {
            "disk_free_ratio": self.free_disk_percent() / 100,
            "lists_age_seconds": float(age_days * SECONDS_A_DAY),
            "clock_jump_seconds": self.clock.jumped_s(),
        }

    async def describe(self) -> dict[str, Any]:
        """Return what runs; no tenant, no secret, no path."""
        serving = self.models.serving if self.models.is_loaded else None
        reference, today = self.models.reference, self.clock.now().date()
        return {
            "build": dict(self.build),
            "model": {
                **(_model(serving) if serving else {"version": None, "digest": None}),
                "refused": _refused(self.models.refusal),
            },
            "policy": _policy(serving) if serving else None,
            "reference": {
                "version": reference.version,
                "digest": reference.digest,
                "age_days": _age_days(reference, today.toordinal()),
                "lists": {
                    "age_days": self.models.lists_limit.age_days(reference, today),
                    "max_age_days": self.models.lists_limit.max_age_days,
                },
                "tables": [
                    {"name": each.name, "rows": each.rows, "as_of": _text(each.as_of)}
                    for each in reference.tables
                ],
            },
            "history": {"mode": self.history_mode, "store": self.stores["history"]},
            "ledger": {"kind": self.stores["ledger"], "writable": await self.ledger.is_writable()},
            "cache": {"kind": self.stores["cache"]},
        }


def _model(serving: Serving) -> dict[str, Any]:
    bundle = serving.bundle
    return {
        "version": bundle.version,
        "digest": bundle.digest,
        "sequence": bundle.sequence,
        "label": bundle.label,
        "trained_at": bundle.manifest.trained_at,
        "signer": {
            "key_id": bundle.manifest.signer.key_id,
            "dev": bundle.manifest.signer.dev,
        },
        "features": len(bundle.schema.columns),
        "attributes": sorted(serving.attributes),
        "evaluation": {
            name: bundle.evaluation[name] for name in KEY_FIGURES if name in bundle.evaluation
        },
        "learned_from": _source(bundle.contents.model_card),
        "notes": list(bundle.notes),
    }


def _source(card: Mapping[str, Any]) -> str | None:
    """Return what the model card says the data were; None where it says nothing."""
    data = card.get("data")
    source = data.get("source") if isinstance(data, Mapping) else None
    return source if isinstance(source, str) else None


def _refused(refusal: Refusal | None) -> dict[str, str] | None:
    if refusal is None:
        return None
    return {
        "version": refusal.version,
        "code": refusal.code,
        "detail": refusal.detail,
        "at": moment_text(refusal.at),
    }


def _policy(serving: Serving) -> dict[str, Any]:
    policy = serving.policy
    return {
        "version": policy.version,
        "source": policy.source,
        "review_at": policy.review_at,
        "hold_at": policy.hold_at,
        "exploration_rate": policy.exploration_rate,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _age_days(reference: ReferencePack, today: int) -> int | None:
    try:
        return today - date.fromisoformat(reference.version).toordinal()
    except ValueError:
        return None
