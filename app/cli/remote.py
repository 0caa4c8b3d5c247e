"""A running service, seen from the command line."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import DataRefused, FieldProblem, RequestRefused, ServiceUnavailable

TIMEOUT_S = 60


def read_key(key_file: Path | None) -> str:
    """Return the API key in a file, or without one in ENTRY_RISK_KEY; DataRefused if neither."""
    if key_file is not None:
        try:
            return key_file.read_text().strip()
        except OSError as error:
            raise DataRefused(f"--key-file: {error.strerror}") from None
    key = os.environ.get("ENTRY_RISK_KEY", "").strip()
    if not key:
        raise DataRefused("--server needs --key-file or ENTRY_RISK_KEY")
    return key


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: headers by lower-case name, and the body."""

    headers: Mapping[str, str]
    body: bytes


class Server:
    """One service and the key to call it with."""

    def __init__(self, url: str, key: str) -> None:
        """Take the address, http or https; raises DataRefused for another."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise DataRefused("--server: wanted an address such as http://127.0.0.1:8000")
        self._url = f"{parts.scheme}://{parts.netloc}"
        self._key = key

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Any:
        """Return the JSON answer; raises RequestRefused or ServiceUnavailable with its words."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return json.loads(self.send("POST", path, body, sent).body)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return the answer; raises RequestRefused or ServiceUnavailable with its words."""
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            f"{self._url}{path}",
            data=body,
            headers={"Authorization": f"Bearer {self._key}", **(headers or {})},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                found = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(found, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                words, problems = _told(error)
            if error.code >= 500:
                raise ServiceUnavailable(words) from None
            raise RequestRefused(words, problems) from None
        except urllib.error.URLError as error:
            raise ServiceUnavailable(f"--server: {error.reason}") from None


def _told(error: urllib.error.HTTPError) -> tuple[str, list[FieldProblem]]:
    """Return what a problem document says in words, and of which fields."""
    try:
        problem = json.load(error)
        fields = [FieldProblem(**each) for each in problem.get("errors", ())]
        return f"{error.code} {problem['title']}: {problem['detail']}", fields
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}", []
