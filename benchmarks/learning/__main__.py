"""Prints how right placements are, beside the bars, with learners who are simulated; seeded, so always the same.

    .venv/bin/python -m benchmarks.learning --learners 100
    .venv/bin/python -m benchmarks.learning --write docs/develop/placement-figures.md

Only the times depend on the machine. It decides nothing.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy comes: each of our processes has one core to itself

from benchmarks.learning.placing import page


def main() -> None:
    """Read the arguments, run everything, print the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--learners", type=int, default=1_000, help="on each of three graphs, for the main table")
    parser.add_argument("--beside", type=int, default=0, help="the same for the other settings; a fifth unless given")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", type=Path, help="also write the page here")
    options = parser.parse_args()
    began = time.perf_counter()
    text = page(options.learners, options.beside or max(1, options.learners // 5), options.workers)
    text += f"\nIt took {time.perf_counter() - began:,.0f} s with {options.workers} processes.\n"
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
        print(f"Written: {options.write}", file=sys.stderr)


if __name__ == "__main__":
    main()
