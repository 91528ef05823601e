"""Writes the generated files of this directory: `python -m observability.grafana` from the root of the checkout."""

import argparse
import sys
from pathlib import Path

from observability.grafana.pages import build_files

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Writes every generated file that differs; with --check only names them, and returns 1 where there is any."""
    options = _parser().parse_args(arguments)
    texts = build_files()
    stale = [name for name, text in texts.items() if not _is(HERE / name, text)]
    for name in stale:
        print(f"{'out of date' if options.check else 'written'}: {name}")  # noqa: T201 - a command's output
        if not options.check:
            (HERE / name).parent.mkdir(parents=True, exist_ok=True)
            (HERE / name).write_text(texts[name], encoding="utf-8")
    return 1 if stale and options.check else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m observability.grafana", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is out of date")
    return parser


def _is(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
