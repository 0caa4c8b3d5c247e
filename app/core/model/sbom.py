"""A list of the libraries a bundle was made with, in CycloneDX form."""

import re
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from app.core.canonical import canonical_json

# what fits, calibrates, signs and checks a bundle; what they need follows from their metadata
ROOTS = ("cryptography", "joblib", "lightgbm", "numpy", "orjson", "pydantic", "scikit-learn")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"\bextra\s*==")


@cache
def bill_of_materials(roots: tuple[str, ...] = ROOTS) -> bytes:
    """Return CycloneDX 1.6 JSON of `roots` and all they need, as installed; no time, no serial."""
    found: dict[str, str] = {}
    wanted = list(roots)
    while wanted:
        name = _normal(wanted.pop())
        package = _installed(name)
        if package is None or name in found:  # None: needed on other platforms only
            continue
        found[name] = package.version
        wanted.extend(_needs(package))
    components = [
        {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
        }
        for name, version in sorted(found.items())
    ]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    return canonical_json({**document, "components": components})


def _needs(package: Distribution) -> list[str]:
    return [
        match.group()
        for line in package.requires or []
        if not _EXTRA.search(line) and (match := _NAME.match(line))
    ]


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
