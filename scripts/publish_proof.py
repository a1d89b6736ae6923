"""Publishes what `firsthand author prove --json` measured: a file beside each lab, which the site shows."""

import json
import sys
from pathlib import Path

from firsthand.study import library
from firsthand.study.proof_file import publish


def main(files: list[str]) -> int:
    """Write the proof of every lab in these files; returns the exit code: 1 when one of them is not whole."""
    whole = True
    for file in files:
        for measured in json.loads(Path(file).read_text(encoding="utf-8"))["labs"]:
            published = publish(measured, library.lab(measured["lab"]))
            print(f"{measured['lab']}: {'published' if published else 'not whole, so nothing is published of it'}")
            whole = whole and published
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
