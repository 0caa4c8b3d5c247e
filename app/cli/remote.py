"""A running service, seen from the command line."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from app.core.errors import DataRefused, RequestRefused, ServiceUnavailable

TIMEOUT_S = 60


class Server:
    """One service and the key to call it with."""

    def __init__(self, url: str, key: str) -> None:
        """Take the address, http or https; raises DataRefused for another."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise DataRefused("--server: wanted an address such as http://127.0.0.1:8000")
        self._url = f"{parts.scheme}://{parts.netloc}"
        self._key = key

    def post(self, path: str, body: bytes) -> Any:
        """Return the JSON answer; raises RequestRefused or ServiceUnavailable with its words."""
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            f"{self._url}{path}",
            data=body,
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                words = _words(error)
            raise (ServiceUnavailable if error.code >= 500 else RequestRefused)(words) from None
        except urllib.error.URLError as error:
            raise ServiceUnavailable(f"--server: {error.reason}") from None


def _words(error: urllib.error.HTTPError) -> str:
    try:
        problem = json.load(error)
        return f"{error.code} {problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"
