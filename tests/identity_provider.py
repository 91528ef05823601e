"""An OpenID Connect provider of the tests' own on 127.0.0.1, which can be told to do each thing wrong."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, SECRET = "scout", "client-s3cret"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
NEW_KEY = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"}, private=True)


@dataclass
class IdentityProvider:
    """What it says; a test changes it before it asks. `claims` overrule those of the ID token, None takes one out."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    signing: Any = field(default_factory=lambda: KEY)
    published: list[Any] = field(default_factory=lambda: [KEY])
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    token_status: int = 200
    token_body: dict[str, Any] | None = None
    redirect_to: str = ""
    asked: list[str] = field(default_factory=list)
    challenge: str = ""
    nonce: str = ""

    def authorize(self, url: str) -> dict[str, str]:
        """What a browser that was sent here brings back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT_ID
        self.challenge, self.nonce = query["code_challenge"], query["nonce"]
        return {"code": "c0de", "state": query["state"]}

    def id_token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "dana-1", "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= {"nonce": self.nonce, "email": "dana@example.com", "email_verified": True}
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return jwt.encode(self.header, claims, self.signing, algorithms=[self.header["alg"]])

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            named = {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize"}
            named |= {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("token", "userinfo")}
            return 200, named | {"jwks_uri": f"{self.issuer}/keys"} | self.metadata
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        if path == "/userinfo":
            return (200, {"sub": "dana-1"} | self.userinfo) if authorization == "Bearer acc3ss" else (401, {})
        return self._token(form, authorization)

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        if form.get("code") != "c0de" or create_s256_code_challenge(form.get("code_verifier", "")) != self.challenge:
            return 400, {"error": "invalid_grant"}
        if not authorization.startswith("Basic ") and form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        token = self.token_body if self.token_body is not None else {"access_token": "acc3ss"}
        return self.token_status, token if self.token_body is not None else token | {"id_token": self.id_token()}


@contextmanager
def running(port: int) -> Iterator[IdentityProvider]:
    """The provider, until the end of the block."""
    provider = IdentityProvider(f"http://127.0.0.1:{port}")
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(provider))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = parse_qs(self.rfile.read(length).decode())
            self._answer({name: values[0] for name, values in body.items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, body = provider.answer(urlsplit(self.path).path, form, self.headers.get("authorization", ""))
            if provider.redirect_to:
                self.send_response(302)
                self.send_header("location", provider.redirect_to)
                self.end_headers()
                return
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None: ...

    return Handler
