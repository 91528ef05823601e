"""A farm of job boards to measure scans against: Greenhouse boards made up of the sample postings and filler text.

Serves the shape that SCOUT_UPSTREAM asks for, with ETags. GET /__boards.csv lists the boards, and
POST /__tick?edited=SHARE changes that share of the postings. The benchmarks start it themselves.
"""

import argparse
import json
import random
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from iam_job_scout.posting import Posting
from iam_job_scout.samples import sample_postings

#: Postings of a board, and how many of them are about identity: as on the boards of employers.
POSTINGS, RELEVANT = 14, 0.05
_OTHERS = ("Accountant", "Line Cook", "Software Engineer", "Nurse", "Account Executive", "Data Analyst", "Recruiter")
_FILLER = (
    "team customers product roadmap quality delivery process partner growth budget report meeting design review "
    "support training travel office schedule planning metric vendor contract warehouse patient kitchen market"
)


class Farm:
    """`count` boards whose postings depend on their number alone."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._edits: dict[tuple[int, int], int] = {}
        self._rolls = random.Random(7)
        self._bodies: dict[int, bytes] = {}

    @cached_property
    def samples(self) -> Sequence[Posting]:
        """The postings that those about identity are made of."""
        return sample_postings(datetime(2026, 11, 1, tzinfo=UTC))

    def body(self, board: int) -> bytes:
        """The answer of a board."""
        if board not in self._bodies:
            jobs = [self._job(board, number) for number in range(POSTINGS)]
            self._bodies[board] = json.dumps({"jobs": jobs, "meta": {"total": len(jobs)}}).encode()
        return self._bodies[board]

    def tick(self, edited: float) -> int:
        """Edits that share of all postings; returns how many."""
        hit = 0
        for board in range(self.count):
            for number in range(POSTINGS):
                if self._rolls.random() < edited:
                    self._edits[board, number] = self._edits.get((board, number), 0) + 1
                    self._bodies.pop(board, None)
                    hit += 1
        return hit

    def _job(self, board: int, number: int) -> dict[str, Any]:
        rolls = random.Random(f"{board}:{number}")
        sample = rolls.choice(self.samples) if rolls.random() < RELEVANT else None
        words = _FILLER.split()
        filler = "".join(f"<p>{' '.join(rolls.choices(words, k=60))}.</p>" for _ in range(9))
        edits = self._edits.get((board, number), 0)
        text = (sample.description if sample else "") + filler + f"<p>Update {edits}.</p>" * bool(edits)
        return {
            "id": board * 1000 + number,
            "title": sample.title if sample else f"{rolls.choice(_OTHERS)} {rolls.randint(1, 9)}",
            "absolute_url": f"https://boards.greenhouse.io/farm{board}/jobs/{number}",
            "location": {"name": rolls.choice(("Remote - US", "Austin, TX", "London", "Berlin"))},
            "first_published": "2026-10-20T09:00:00-05:00",
            "content": text.replace("<", "&lt;").replace(">", "&gt;"),
        }

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        path, query = scope["path"], parse_qs(scope["query_string"].decode())
        status, body = self.answer(path, query)
        etag = b'"%x"' % zlib.crc32(body)
        if status == 200 and dict(scope["headers"]).get(b"if-none-match") == etag:
            status, body = 304, b""
        await send({"type": "http.response.start", "status": status, "headers": [(b"etag", etag)]})
        await send({"type": "http.response.body", "body": body})

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, bytes]:
        """The status and the body that a path is answered with."""
        if path == "/__boards.csv":
            rows = [f"greenhouse,farm{board},Farm {board}" for board in range(self.count)]
            return 200, "\n".join(["ats,token,company", *rows]).encode()
        if path == "/__tick":
            return 200, json.dumps({"edited": self.tick(float(query["edited"][0]))}).encode()
        token = path.split("/")[4] if path.count("/") >= 5 else ""
        known = token.startswith("farm") and token[4:].isdigit() and int(token[4:]) < self.count
        return (200, self.body(int(token[4:]))) if known else (404, b"{}")


if __name__ == "__main__":
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--boards", type=int, default=2352)
    given = parser.parse_args()
    uvicorn.run(Farm(given.boards), host="127.0.0.1", port=given.port, log_level="error", lifespan="off")
