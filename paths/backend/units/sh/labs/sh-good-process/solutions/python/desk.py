"""The stamping desk of a small shop: makes receipts of orders.

desk.py settings      say with which settings it would work
desk.py stamp FILE    make the receipt of one order
desk.py               take orders from the inbox until it is asked to end
"""

import os
import signal
import sys
import time
from pathlib import Path

LOOK_S = 0.05
"""How long the desk rests when there is no order."""


class RefusalError(Exception):
    """What cannot be done, in words for whoever started the program."""


class Settings:
    """All that comes from outside, read in one place at the start. What is empty counts as not set."""

    def __init__(self, env):
        self.shop = env.get("SHOP") or "Corner Shop"
        self.stamp_ms = whole_number("STAMP_MS", env.get("STAMP_MS") or "100", most=60_000)
        self.group_reads = env.get("GROUP_READS") == "1"
        self.desk = Path(env.get("DESK_DIR") or "")
        if not env.get("DESK_DIR"):
            raise RefusalError("DESK_DIR is not set. Example: DESK_DIR=desk")
        if not self.desk.is_dir():
            raise RefusalError(f"DESK_DIR must be a folder, and {self.desk} is none.")

    def __str__(self):
        return f"SHOP={self.shop}\nSTAMP_MS={self.stamp_ms}\nGROUP_READS={int(self.group_reads)}"


def whole_number(name, text, most):
    """The number that this text says, in digits only: "1e3" and " 7" are mistakes that somebody should see."""
    if not (text.isascii() and text.isdecimal()) or int(text) > most:
        raise RefusalError(f"{name} must be a whole number from 0 to {most}, not {text!r}.")
    return int(text)


class Desk:
    """Stamps orders with the seal that it has read last."""

    def __init__(self, settings):
        self.settings = settings
        self.inbox = settings.desk / "inbox"
        self.receipts = settings.desk / "receipts"
        self.seal = self.read_seal()
        self.ending = False
        self.seal_is_old = False

    def read_seal(self):
        """The seal. Whoever knows it can forge receipts, so nobody but its owner may reach it."""
        path = self.settings.desk / "seal"
        try:
            if path.stat().st_mode & 0o077:
                raise RefusalError(f"{path} is open to others. Close it: chmod 600 {path}")
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise RefusalError(f"The seal {path} cannot be read: {error}") from None
        if not lines or not lines[0]:
            raise RefusalError(f"The seal {path} is empty.")
        return lines[0]

    def stamp(self, order):
        """Make the receipt of this file. It is there whole, with its mode, or not at all."""
        seal = self.seal
        try:
            text = order.read_bytes()
        except OSError as error:
            raise RefusalError(f"The order {order} cannot be read: {error.strerror}.") from None
        time.sleep(self.settings.stamp_ms / 1000)
        receipt = f"{self.settings.shop}\n".encode() + text + f"sealed: {seal}\n".encode()
        self.make_folder()
        draft = self.receipts / f".{order.name}"
        draft.unlink(missing_ok=True)
        mode = 0o640 if self.settings.group_reads else 0o600
        # Nobody else may look into it before its mode is right: the umask can only take more away.
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(receipt)
            os.fchmod(file.fileno(), mode)
        draft.replace(self.receipts / order.name)

    def make_folder(self):
        """The folder of receipts, if this is the first one."""
        if not self.receipts.is_dir():
            self.receipts.mkdir(mode=0o700)
            self.receipts.chmod(0o750 if self.settings.group_reads else 0o700)

    def serve(self):
        """Take orders until asked to end. A signal only leaves a note, so that no order is left half done."""
        signal.signal(signal.SIGTERM, self.note_end)
        signal.signal(signal.SIGINT, self.note_end)
        signal.signal(signal.SIGHUP, self.note_seal)
        self.inbox.mkdir(exist_ok=True)
        say("ready")
        while not self.ending:
            if self.seal_is_old:
                self.change_seal()
            orders = sorted(path for path in self.inbox.iterdir() if not path.name.startswith("."))
            if orders:
                self.do(orders[0])
            else:
                time.sleep(LOOK_S)

    def do(self, order):
        """One order: only when its receipt is there is it taken out of the inbox."""
        say(f"begin {order.name}")
        self.stamp(order)
        order.unlink()
        say(f"done {order.name}")

    def change_seal(self):
        """Read the seal again. A desk with its old seal is better than none."""
        self.seal_is_old = False
        try:
            self.seal = self.read_seal()
            say("reloaded")
        except RefusalError as error:
            say(f"not reloaded: {error}")

    def note_end(self, number, frame):
        self.ending = True

    def note_seal(self, number, frame):
        self.seal_is_old = True


def say(text):
    print(text, flush=True)


def main(words):
    try:
        settings = Settings(os.environ)
        match words:
            case ["settings"]:
                print(settings)
            case ["stamp", order]:
                Desk(settings).stamp(Path(order))
            case []:
                Desk(settings).serve()
            case _:
                print("usage: desk.py [settings | stamp FILE]", file=sys.stderr)
                return 2
    except RefusalError as error:
        print(f"desk: {error}", file=sys.stderr)
        return 1
    return 0


sys.exit(main(sys.argv[1:]))
