"""A small OpenID Connect provider: a real HTTP server with a key, that can be made to err."""

import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from app.core.oidc import challenge_of

CLIENT, SECRET = "entry-risk", "the client's own secret"
BACK = "http://127.0.0.1:8000/console/sign-in/provider/back"
Json = dict[str, Any]
SETUP = """
issuer = "{issuer}"
client_id = "entry-risk"
redirect_url = "{back}"

[tenant]
claim = "organisation"
values = {{ "Acme Brokers" = "acme" }}

[roles]
claim = "groups"
values = {{ "entry-desk" = "broker", "compliance" = "auditor" }}
"""


class Provider:
    """The provider; `bend` changes claims, `sign` makes the ID token of them."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.published = [self.key]
        self.said: Json = {}
        self.asked: list[str] = []
        self.behave()
        self._codes: dict[str, Json] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def behave(self) -> None:
        """Err no more, and have somebody new sign in."""
        self.person: Json = {
            "sub": secrets.token_hex(8),
            "preferred_username": "dana@acme.example",
            "organisation": "Acme Brokers",
            "groups": ["entry-desk", "another thing"],
        }
        self.bend: Callable[[Json], None] = lambda claims: None
        self.sign: Callable[[Json], Any] = self.signed

    @property
    def setup(self) -> str:
        """What the service has to be told of it."""
        return SETUP.format(issuer=self.issuer, back=BACK)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def signed(self, claims: Json, key: RSAKey | None = None) -> str:
        """Return an ID token as it should be."""
        used = key or self.key
        header = {"alg": "RS256", "kid": used.kid}
        return jwt.encode(header, claims, used, algorithms=["RS256"])

    def unsigned(self, claims: Json) -> str:
        """Return an ID token that says of itself that it is not signed."""
        parts = ({"alg": "none", "typ": "JWT"}, claims)
        spelled = [urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts]
        return b".".join([*spelled, b""]).decode()

    def answer(self, path: str, form: Json) -> tuple[int, Json]:
        """Return status and document of a request for one."""
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            } | self.said
        if path == "/keys":
            return 200, {"keys": [each.as_dict(private=False) for each in self.published]}
        if path == "/token":
            return self._token(form)
        return 404, {}

    def _token(self, form: Json) -> tuple[int, Json]:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or form.get("client_secret") != SECRET:
            return 400, {"error": "invalid_grant"}
        is_same = asked["redirect_uri"] == form.get("redirect_uri")
        if not is_same or asked["code_challenge"] != challenge_of(form["code_verifier"]):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], **self.person}
        self.bend(claims)
        return 200, {"token_type": "Bearer", "access_token": "-", "id_token": self.sign(claims)}

    def authorized(self, query: Json) -> str:
        """Return where a browser goes that has signed in here."""
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                provider.asked.append(parts.path)
                if parts.path == "/authorize":
                    query = {name: each[0] for name, each in parse_qs(parts.query).items()}
                    self.send_response(303)
                    self.send_header("Location", provider.authorized(query))
                    self.end_headers()
                    return
                self._say(*provider.answer(parts.path, {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: each[0] for name, each in parse_qs(body).items()}
                self._say(*provider.answer(self.path, form))

            def _say(self, status: int, document: Json) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        return Handler
