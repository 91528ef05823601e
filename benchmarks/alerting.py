"""From the condition to the delivered message, and what the servers cost meanwhile: measured with the real servers.

    python benchmarks/alerting.py [--rounds 5] [--json]

Each round makes the running app fail until every inbox has the message, and mends it until every inbox has the end
of it. The promise is `for` + scrape interval + evaluation interval + group_wait + 1 s, with the times of alert_rig.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from alert_rig import EVALUATION, FOR, GROUP_WAIT, PROMISED, SCRAPE, Rig, free_ports, running_rig, wait_until
from inboxes import Inboxes, open_inboxes

from iam_job_scout.settings import Settings
from iam_job_scout.stack.obtain import get_servers

KINDS = ("email", "slack", "discord", "pagerduty", "webhook")
WORDS = "More than 5 % of requests fail"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.rounds)
    print(json.dumps(result, indent=2) if options.json else as_text(result))
    return 0 if result["worst"] <= PROMISED else 1


def measure(rounds: int) -> dict[str, Any]:
    """Seconds per inbox and round, the worst of all, and the servers' memory at the end."""
    servers = get_servers(Settings(_env_file=None), say=lambda line: print(line, file=sys.stderr))  # type: ignore[call-arg]
    with (
        tempfile.TemporaryDirectory(prefix="scout-bench-") as directory,
        open_inboxes(free_ports(1)[0]) as inboxes,
        running_rig(Path(directory), inboxes, servers) as rig,
    ):
        delays = [run_round(rig, inboxes) for _ in range(rounds)]
        memory = rig.resident_bytes()
    return {
        "promised": PROMISED,
        "worst": max(max(one.values()) for one in delays),
        "delays": {kind: [round(one[kind], 2) for one in delays] for kind in KINDS},
        "resident_mb": {name: round(size / 1e6, 1) for name, size in memory.items()},
    }


def run_round(rig: Rig, inboxes: Inboxes) -> dict[str, float]:
    """One failure, delivered and resolved; seconds from the first failing request to each inbox."""

    def arrived(kind: str, since: float) -> list[float]:
        return [message.at for message in inboxes.of(kind, WORDS) if message.at > since]

    begun = time.time()
    rig.failing.set()
    wait_until(lambda: all(arrived(kind, begun) for kind in KINDS))
    rig.failing.clear()
    mended = time.time()
    wait_until(lambda: all(arrived(kind, mended) for kind in KINDS), seconds=40)
    return {kind: arrived(kind, begun)[0] - begun for kind in KINDS}


def as_text(result: dict[str, Any]) -> str:
    lines = [
        f"for {FOR} s + scrape {SCRAPE} s + evaluation {EVALUATION} s + group_wait {GROUP_WAIT} s + 1 s = {PROMISED} s"
    ]
    for kind, delays in result["delays"].items():
        lines.append(f"{kind:<10} median {statistics.median(delays):.2f} s  worst {max(delays):.2f} s")
    memory = result["resident_mb"]
    both = memory["prometheus"] + memory["alertmanager"]
    lines.append(f"Prometheus {memory['prometheus']} MB + Alertmanager {memory['alertmanager']} MB = {both:.1f} MB")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
