"""Where the program begins: `--version` is answered before anything else is imported."""

import sys

from firsthand import __version__

EXIT_INTERRUPTED = 130


def main() -> None:
    """Obey the command line and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"firsthand {__version__}")
        return
    try:
        from firsthand.cli.edge import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the edge could catch it
        code = EXIT_INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    main()
