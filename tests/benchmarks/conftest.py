"""The benchmarks, importable, and the servers that they measure."""

import sys

from real_servers import ROOT, servers

sys.path.append(str(ROOT / "benchmarks"))

__all__ = ["servers"]
