"""What the stages of sh-good-process share: a desk of each check's own, calls of the program, an open desk."""

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from firsthand.bench.failures import CheckFailed, failed, show_text
from firsthand.core.deadlines import until
from firsthand.lab import App, Completed, Deadline, Folder, Instance, Rng, expect, fail

PROCESS = "desk"
SLOW_MS = 600
"""How long stamping takes where a check has to act in the middle of it, on a quick machine."""
SLOWER_MAX = 4
"""On a slow machine it takes so many times as long, at most."""
SOON_S = 4.0
"""How long a check waits for one thing that the desk has to do, such as a receipt or its end."""
CALL_S = 6.0
"""How long one call with words may take; none has to do more than stamp one order."""
QUICK = {"STAMP_MS": "1"}


class Desk:
    """The folder that one check gives the program as DESK_DIR, with a seal in it."""

    def __init__(self, app: App, shared: Folder, rng: Rng) -> None:
        """Has a good seal from the beginning."""
        self.app = app
        self.rng = rng
        self.folder = shared.make(f"desk-{rng.token(6)}")
        self.env = {"DESK_DIR": str(self.folder.path)}
        self.seal = ""
        self.new_seal()

    def new_seal(self, mode: int = 0o600) -> None:
        """Change what the file `seal` holds."""
        self.seal = self.rng.token(14)
        self.folder.put("seal", f"{self.seal}\n".encode(), mode)

    def slow(self, times: int = 1) -> dict[str, str]:
        """Settings with which stamping takes so long that a check can act in the middle of it."""
        return {"STAMP_MS": str(int(SLOW_MS * min(self.app.factor, SLOWER_MAX)) * times)}

    def order(self, name: str = "", text: str = "", *, into: str = "inbox") -> str:
        """Put an order there, whole; its name."""
        name = name or f"{self.rng.token()}.txt"
        self.folder.make(into)
        self.folder.put(f"{into}/{name}", (text or some_text(self.rng)).encode())
        return name

    def text(self, name: str, *, of: str = "inbox") -> bytes:
        """What an order says; empty when it is not there."""
        return self.folder.read(f"{of}/{name}") or b""

    def has_order(self, name: str) -> bool:
        """Whether it lies in the inbox."""
        return self.folder.read(f"inbox/{name}") is not None

    def receipt(self, name: str) -> bytes | None:
        """What the receipt says; None when there is none."""
        return self.folder.read(f"receipts/{name}")

    async def call(self, *words: str, env: Mapping[str, str] | None = None, umask: int = 0o022) -> Completed:
        """The program with these words behind it, until it ends."""
        whole = {**self.env, **(env or {})}
        return await self.app.run(*words, process=PROCESS, env=whole, umask=umask, timeout_s=CALL_S)

    async def stamp(
        self, name: str, *, env: Mapping[str, str] | None = None, umask: int = 0o022, of: str = "orders"
    ) -> Completed:
        """The program, called to stamp one order that lies beside the inbox."""
        path = str(self.folder.path / of / name)
        return await self.call("stamp", path, env={**QUICK, **(env or {})}, umask=umask)

    async def stamped(self, name: str, *, env: Mapping[str, str] | None = None, umask: int = 0o022) -> None:
        """Stamp one order, which must go well."""
        well(await self.stamp(name, env=env, umask=umask), f"`stamp {name}`")
        if self.receipt(name) is None:
            fail(f"There is no receipt of {name} in $DESK_DIR/receipts.", hint="It has the same name as its order.")

    async def opened(self, env: Mapping[str, str] | None = None) -> "Open":
        """The program without any words behind it, once it has printed `ready`."""
        (instance,) = await self.app.start(PROCESS, env={**self.env, **QUICK, **(env or {})})
        found = Open(self, instance)
        await found.prints(
            "ready", hint="Print it when signals can come, and flush: the line must not wait in a buffer."
        )
        return found


class Open:
    """The program while it takes orders."""

    def __init__(self, desk: Desk, instance: Instance) -> None:
        """`instance` was started a moment ago."""
        self.desk = desk
        self.instance = instance

    @property
    def lines(self) -> list[str]:
        """What it has printed so far, line by line."""
        return self.instance.program.stdout.data().decode("utf-8", "replace").splitlines()

    async def comes(self, condition: Callable[[], bool]) -> bool:
        """Whether this comes true in time, or before the program ends."""

        async def asked() -> bool:
            return condition() or self.instance.program.exit_code is not None

        await until(asked, Deadline.after(SOON_S, self.desk.app.factor))
        return condition()

    async def prints(self, line: str, *, times: int = 1, hint: str = "") -> None:
        """Wait until it has printed this line so often; a line may go on behind a colon."""

        def printed() -> bool:
            return sum(each.partition(":")[0].strip() == line for each in self.lines) >= times

        if not await self.comes(printed):
            once = f"`{line}`" if times == 1 else f"`{line}` for the {times}. time"
            self.complain(f"The program did not print {once}", hint)

    async def does(self, name: str, hint: str = "") -> bytes:
        """Wait until this order is done: the receipt is there and the order is gone; the receipt."""
        if not await self.comes(lambda: f"done {name}" in self.lines):
            self.complain(f"The order {name} lies in the inbox, and the program did not print `done {name}`", hint)
        receipt = self.desk.receipt(name)
        if receipt is None:
            fail(f"The program printed `done {name}`, but there is no receipt of it.", hint=hint)
        if self.desk.has_order(name):
            fail(f"The program printed `done {name}`, but the order still lies in the inbox.", hint=hint)
        return receipt

    async def begins(self, name: str) -> None:
        """Wait until it has begun with this order."""
        await self.prints(f"begin {name}", hint="Print `begin NAME`, flushed, before you stamp.")

    async def ends(self, why: str, hint: str) -> int:
        """Wait until the program has ended; its exit code."""
        try:
            return await self.instance.ended(SOON_S)
        except CheckFailed as error:
            fail(f"{why}, and {error.failure.message[0].lower()}{error.failure.message[1:]}", hint=hint)

    async def ends_well(self, why: str, hint: str) -> None:
        """Wait until the program has ended, which must be with 0."""
        code = await self.ends(why, hint)
        expect(code, f"exit code after {why[0].lower()}{why[1:]}").equals(0, hint=about_code(code) or hint)

    def complain(self, what: str, hint: str) -> NoReturn:
        """Fail with what it printed so far, and how it ended if it has."""
        code = self.instance.program.exit_code
        ended = "" if code is None else f"; it ended with {code if code >= 0 else f'signal {-code}'}"
        printed = "\n".join(f"  {show_text(line, 100)}" for line in self.lines[-6:]) or "  nothing"
        raise failed(f"{what}{ended}.", remark=hint or about_code(code), detail=f"it printed:\n{printed}")


def about_code(code: int | None) -> str:
    """What a learner should know about an exit code that is a signal's."""
    if code is not None and code < 0:
        return f"The signal {-code} ended the program: it arranged nothing for it."
    return ""


def some_text(rng: Rng) -> str:
    """The text of an order: some lines with things and numbers."""
    things = ("bells", "lamps", "kettles", "apples", "plain ribbons", "tins of tea", "mirrors (small)")
    return "".join(f"{rng.integer(1, 99)} {rng.choice(things)} {rng.token(4)}\n" for _ in range(rng.integer(1, 5)))


def receipt_of(shop: str, text: bytes, seal: str) -> bytes:
    """The receipt as the brief wants it."""
    return f"{shop}\n".encode() + text + f"sealed: {seal}\n".encode()


def words_of(output: bytes) -> str:
    """What was printed, on few lines."""
    return output.decode("utf-8", "replace").strip()[:300] or "nothing"


def well(done: Completed, what: str) -> None:
    """The command must have ended with 0."""
    if done.exit_code != 0:
        fail(
            f"{what} should go well, and ended with exit code {done.exit_code}.",
            expected="0",
            got=f"{done.exit_code}; standard error: {words_of(done.stderr)}",
            hint=about_code(done.exit_code),
        )


def settings_in(done: Completed) -> dict[str, str]:
    """The settings that the program printed, by name."""
    well(done, "`settings`")
    found = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition("=")
        found[name] = value
    for name in ("SHOP", "STAMP_MS", "GROUP_READS"):
        if name not in found:
            fail(
                f"`settings` printed no line that begins with `{name}=`.",
                expected=f"{name}=...",
                got=words_of(done.stdout),
                hint="One line for each setting, `NAME=value`, on standard output.",
            )
    return found


def refused(done: Completed, because: str, names: Sequence[str]) -> None:
    """The command must have ended with 1, and the complaint on standard error must hold these words."""
    expect(done.exit_code, f"exit code with {because}").equals(
        1, hint="A program that cannot do its work ends with 1." if done.exit_code == 0 else about_code(done.exit_code)
    )
    complaint = done.stderr.decode("utf-8", "replace")
    for name in names:
        if name not in complaint:
            fail(
                f"With {because}, the complaint on standard error does not say `{name}`.",
                expected=f"a line with {name} in it",
                got=words_of(done.stderr),
                hint="Whoever reads it at night should know at once what to change.",
            )


def mode_words(mode: int | None) -> str:
    """A mode as people read it."""
    if mode is None:
        return "nothing"
    letters = "".join("rwx"[2 - bit % 3] if mode >> bit & 1 else "-" for bit in range(8, -1, -1))
    return f"{mode:03o} ({letters})"


def has_mode(folder: Folder, name: str, mode: int, hint: str) -> None:
    """What lies there must have exactly this mode."""
    found = folder.mode(name)
    if found != mode:
        fail(f"The mode of {name} is not {mode:03o}.", expected=mode_words(mode), got=mode_words(found), hint=hint)
