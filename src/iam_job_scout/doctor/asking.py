"""Questions to the app and the servers over HTTP; never through a proxy."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iam_job_scout.errors import StackError

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Answer:
    """An answer of any status; `asked_at` and `answered_at` are time.time()."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: float
    answered_at: float

    def json(self) -> Any:
        """The body as JSON; raises StackError where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise StackError(f"the answer is no JSON: {self.body[:80]!r}") from error


def ask(url: str, *, token: str = "", payload: object | None = None) -> Answer:
    """GET, or POST where there is a payload, which goes as JSON. Raises StackError where nothing answers in time."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    data = None
    if payload is not None:
        headers["content-type"] = "application/json"
        data = json.dumps(payload).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - the addresses are those of the settings
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked_at = time.time()
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return Answer(response.status, dict(response.headers.items()), response.read(), asked_at, time.time())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers.items()), error.read(), asked_at, time.time())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise StackError(f"{url} does not answer: {getattr(error, 'reason', error)}") from error
