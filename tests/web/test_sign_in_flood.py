"""A short flood of sign-ins on a real server; benchmarks/sign_in.py has the long one."""

import asyncio
from typing import Any

import aiohttp

from iam_job_scout.accounts.hashing import MAX_HASHES, Hasher
from iam_job_scout.accounts.passwords import hash_password
from iam_job_scout.db.models import User
from website import NOW, Site

PASSWORD = "correct horse battery"
FLOOD = 300


async def sign_in(session: aiohttp.ClientSession, home: str, email: str, password: str, device: str = "") -> Any:
    headers = {"cookie": f"scout_device={device}"} if device else {}
    form = {"email": email, "password": password}
    async with session.post(f"{home}/sign-in", data=form, headers=headers, allow_redirects=False) as answer:
        await answer.read()
        return answer


async def flooded(home: str) -> tuple[list[int], list[int], int]:
    """The statuses of the flood, of people in between, and of /health."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        first = await sign_in(session, home, "dana@example.com", PASSWORD)
        device = first.cookies["scout_device"].value
        flood = [
            asyncio.create_task(sign_in(session, home, "dana@example.com", f"wrong {number}"))
            for number in range(FLOOD)
        ]
        await asyncio.sleep(0.05)
        people = [await sign_in(session, home, "dana@example.com", PASSWORD, device)]
        people.append(await sign_in(session, home, "eve@example.com", PASSWORD))
        async with session.get(f"{home}/health") as health:
            await health.read()
        return [answer.status for answer in await asyncio.gather(*flood)], [p.status for p in people], health.status


def test_others_sign_in_while_one_account_is_guessed_at_from_the_same_address(site: Site, home: str) -> None:
    with site.database.writing() as session:
        for name in ("dana", "eve"):
            hashed = hash_password(PASSWORD)
            session.add(User(email=f"{name}@example.com", password_hash=hashed, role="member", created_at=NOW))
    flood, people, health = asyncio.run(flooded(home))
    assert people == [303, 303]
    assert health == 200
    assert set(flood) <= {422, 429}
    assert flood.count(422) <= 6
    hasher: Hasher = site.app.state.hasher
    assert len(hasher._pool._threads) <= MAX_HASHES
