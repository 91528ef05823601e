"""Fetches Debian's and Ubuntu's packages of the servers into SCOUT_DATA_DIR/stack: no root, no service installed.

apt gets directories of its own for its package lists, so that it works for any user and does not depend on when the
machine's lists were last updated; sources, keys and proxy are the machine's. The packages are unpacked, never
installed: their scripts, which would enable and start services, do not run.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack.binaries import HOW_TO_INSTALL, Servers, find_servers, unpacked_root
from iam_job_scout.stack.processes import Guard, run_to_end

PACKAGES = ("prometheus", "prometheus-alertmanager")
#: Packages of Prometheus' pages (scripts, styles, fonts); without them the pages are bare, the API works.
PAGE_PACKAGES = ("libjs-", "fonts-")
#: Unpacked and not needed; the time-zone sources alone are 215 MB.
NOT_NEEDED = ("usr/share/doc", "usr/share/man", "usr/share/nodejs/*/src", "usr/share/javascript/moment-timezone/data")
#: Debian's Alertmanager and amtool read their default message templates from here.
BUILT_IN_TEMPLATES = b"/usr/share/prometheus/alertmanager"
RELOCATED = ("prometheus-alertmanager", "amtool")
APT_CONF = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::lists "{lists}";
Dir::Cache "{cache}";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
"""

Say = Callable[[str], None]


def can_fetch() -> bool:
    """Whether this is a system with apt and dpkg."""
    return all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg-deb"))


async def fetch(settings: Settings, *, guard: Guard, say: Say) -> Servers:
    """Downloads and unpacks the servers, calling `say` with a line per step; an earlier unpacking is replaced.

    Everything happens in a directory of its own that takes its place in one rename: an interrupted fetch leaves
    nothing half done. Raises StackError that says what failed and what else would help.
    """
    if not can_fetch():
        raise StackError(f"the monitoring servers cannot be fetched on a system without apt; {HOW_TO_INSTALL}")
    root = unpacked_root(settings)
    root.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in root.parent.glob("fetch-*"):
        shutil.rmtree(abandoned)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=root.parent) as work:
        apt = _Apt(Path(work), guard)
        say("fetching the package lists (about 10 MB)")
        await apt.update()
        say("downloading Prometheus, Alertmanager and what their pages need (about 35 MB)")
        archives = await apt.download([*PACKAGES, *await apt.page_packages()])
        say(f"unpacking {len(archives)} packages into {root}")
        await apt.unpack(archives, Path(work) / "root")
        await asyncio.to_thread(_settle, Path(work) / "root", root)
    return await asyncio.to_thread(find_servers, settings)


def _settle(fresh: Path, root: Path) -> None:
    """Makes the unpacked files fit to run from where they lie, and puts them there."""
    for pattern in NOT_NEEDED:
        for directory in fresh.glob(pattern):
            shutil.rmtree(directory)
    for name in RELOCATED:
        relocate(fresh / "usr" / "bin" / name)
    if root.exists():
        shutil.rmtree(root)
    fresh.rename(root)


def relocate(program: Path) -> None:
    """Makes the path of the message templates that Debian builds into Alertmanager relative to the working directory.

    Alertmanager does not start without its default templates, and no option or variable moves them. The relative
    path has the length of the built-in one, so that nothing else in the file moves. Other builds carry the templates
    inside and are left alone.
    """
    built = program.read_bytes()
    moved = built.replace(BUILT_IN_TEMPLATES, BUILT_IN_TEMPLATES[1:] + b"/")
    if moved != built:
        program.write_bytes(moved)


class _Apt:
    """apt-get with lists and cache of its own below `work`."""

    def __init__(self, work: Path, guard: Guard) -> None:
        self._guard = guard
        self._archives = work / "archives"
        self._conf = work / "apt.conf"
        for directory in (self._archives, work / "lists" / "partial", work / "cache"):
            directory.mkdir(parents=True)
        self._conf.write_text(APT_CONF.format(lists=work / "lists", cache=work / "cache"), encoding="utf-8")

    async def update(self) -> None:
        """Not every source has to answer: whether it was enough shows at the download."""
        _, self._said = await self._run("apt-get", "-q", "update")

    async def page_packages(self) -> list[str]:
        """The packages of scripts and fonts that Prometheus depends on in this release, at any depth."""
        only_depends = [
            f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
        ]
        _, lines = await self._run("apt-cache", "depends", "--recurse", *only_depends, "prometheus")
        return sorted({line for line in lines if line.startswith(PAGE_PACKAGES)})

    async def download(self, packages: Sequence[str]) -> list[Path]:
        """Downloads the packages; apt checks their hashes against the signed lists."""
        code, lines = await self._run("apt-get", "-q", "download", *packages)
        if code != 0:
            raise StackError(f"could not fetch the monitoring servers: {_reason([*self._said, *lines])}")
        return sorted(self._archives.glob("*.deb"))

    async def unpack(self, archives: Sequence[Path], target: Path) -> None:
        for archive in archives:
            code, lines = await self._run("dpkg-deb", "-x", str(archive), str(target))
            if code != 0:
                raise StackError(f"could not unpack {archive.name}: {_reason(lines)}")

    async def _run(self, tool: str, *arguments: str) -> tuple[int, list[str]]:
        options = () if tool == "dpkg-deb" else ("-c", str(self._conf))
        return await run_to_end([tool, *options, *arguments], guard=self._guard, cwd=self._archives)


def _reason(lines: Sequence[str]) -> str:
    """apt's first complaint: the cause comes before its consequences."""
    told = [line for line in lines if line.startswith(("Err:", "W: Failed", "E:", "dpkg-deb: error"))]
    follow = [line.strip() for before, line in pairwise(lines) if before.startswith("Err:")]
    return f"{(follow or told or ['apt gave no reason'])[0]} ({HOW_TO_INSTALL})"
