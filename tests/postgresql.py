"""A PostgreSQL server of the tests' own, from the binaries of this machine."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def find_binaries() -> Path | None:
    """Returns the directory with initdb and postgres, where the distribution puts it, or None."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    candidates += [Path(on_path).parent] if on_path else []
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


@contextmanager
def running(binaries: Path, directory: Path, port: int, *more: str) -> Iterator[str]:
    """Serves a cluster in `directory`, new where there is none, and yields its URL; `more` are options of the server.

    PostgreSQL refuses root, another user takes over.
    """
    data, user = directory / "data", None
    if os.geteuid() == 0:
        user = "postgres" if _exists("postgres") else "nobody"
        entry = pwd.getpwnam(user)
        os.chown(directory, entry.pw_uid, entry.pw_gid)
        for parent in directory.parents[:3]:
            parent.chmod(parent.stat().st_mode | 0o011)
    initdb = [binaries / "initdb", "-D", data, "-U", "scout", "--auth=trust", "--encoding=UTF8", "--no-locale", "-N"]
    if not data.exists():
        subprocess.run(initdb, check=True, capture_output=True, user=user, cwd="/", env={})
    options = ["-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", directory, "-F", *more]
    log = (directory / "log").open("wb")
    server = subprocess.Popen([binaries / "postgres", *options], stdout=log, stderr=log, user=user, cwd="/", env={})
    try:
        _wait(server, port)
        yield f"postgresql://scout@127.0.0.1:{port}/postgres"
    finally:
        log.close()
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended by itself: {(directory / 'log').read_text()[-2000:]}")
        # Told by SIGTERM, it would wait for whoever is connected still.
        server.send_signal(signal.SIGINT)
        server.wait(20)


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    """Waits until it takes connections; for a moment after its start it refuses them with a word of its own."""
    for _ in range(400):
        try:
            psycopg.connect(f"postgresql://scout@127.0.0.1:{port}/postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL did not start; its log is in its directory")
