"""Stage 6: SIGHUP makes the desk read its seal again, and it goes on."""

import signal
from collections.abc import Callable

from kit import Desk, Open

from firsthand.core.deadlines import ticks
from firsthand.lab import App, Deadline, Folder, Rng, check, fail

MANY_S = 0.1
"""For so long one SIGHUP comes after the other, so that some come when SIGTERM has been heard."""
STAYS = "At SIGHUP it reads the seal, prints `reloaded` and goes on. If nothing is arranged, the signal ends it."


@check(proves=("SH-04", "SH-05"))
async def reads_the_seal_again(app: App, desk: Folder, rng: Rng) -> None:
    """At SIGHUP it reads the seal again, prints `reloaded` and goes on; each time (brief)."""
    own = Desk(app, desk, rng)
    shop = await own.opened()
    for time in range(1, 4):
        own.new_seal()
        shop.instance.signal(signal.SIGHUP)
        await shop.prints("reloaded", times=time, hint=STAYS)
        await _is_sealed(shop, own.seal, f"after the {time}. SIGHUP")


@check(proves="SH-05")
async def keeps_the_seal_until_told(app: App, desk: Folder, rng: Rng) -> None:
    """A seal that was changed counts only after SIGHUP: until then receipts carry the old one (brief)."""
    own = Desk(app, desk, rng)
    shop = await own.opened()
    await _is_sealed(shop, own.seal, "at first")
    before = own.seal
    own.new_seal()
    await _is_sealed(shop, before, "when the file had been changed, and no SIGHUP had come")
    shop.instance.signal(signal.SIGHUP)
    await shop.prints("reloaded", hint=STAYS)
    await _is_sealed(shop, own.seal, "after SIGHUP")


@check(proves=("SH-04", "SH-06"))
async def finishes_with_the_seal_it_began_with(app: App, desk: Folder, rng: Rng) -> None:
    """SIGHUP in the middle of an order disturbs it not at all: it carries the seal with which it was begun (brief)."""
    own = Desk(app, desk, rng)
    shop = await own.opened(own.slow())
    name = own.order()
    await shop.begins(name)
    before = own.seal
    own.new_seal()
    shop.instance.signal(signal.SIGHUP)
    _expect_seal(await shop.does(name, STAYS), before, "begun before SIGHUP and done after it")
    await shop.prints("reloaded", hint=STAYS)
    await _is_sealed(shop, own.seal, "after SIGHUP")


@check(proves=("SH-03", "SH-05"))
async def keeps_the_old_seal_if_the_new_is_bad(app: App, desk: Folder, rng: Rng) -> None:
    """A new seal that is missing, empty or open to others is not taken: it goes on with the old one (brief)."""
    own = Desk(app, desk, rng)
    shop = await own.opened()
    good = own.seal
    bad: list[Callable[[], object]] = [
        lambda: own.folder.remove("seal"),
        lambda: own.folder.put("seal", b"", 0o600),
        lambda: own.new_seal(0o644),
    ]
    rng.shuffle(bad)
    for time, spoil in enumerate(bad, 1):
        spoil()
        shop.instance.signal(signal.SIGHUP)
        await shop.prints(
            "not reloaded", times=time, hint="Print `not reloaded: WHY`. A desk with its old seal is better than none."
        )
        await _is_sealed(shop, good, "after SIGHUP with a bad new seal")
    own.new_seal()
    shop.instance.signal(signal.SIGHUP)
    await shop.prints("reloaded", hint=STAYS)
    await _is_sealed(shop, own.seal, "after SIGHUP with a good seal again")


@check(proves=("SH-04", "SH-06"))
async def still_ends_when_asked(app: App, desk: Folder, rng: Rng) -> None:
    """After SIGHUP, SIGTERM is heard as before; both in the middle of an order are heard after it (brief)."""
    own = Desk(app, desk, rng)
    shop = await own.opened(own.slow())
    shop.instance.signal(signal.SIGHUP)
    await shop.prints("reloaded", hint=STAYS)
    name = own.order()
    await shop.begins(name)
    shop.instance.signal(signal.SIGTERM)
    async for _ in ticks(Deadline.after(MANY_S)):
        shop.instance.signal(signal.SIGHUP)
    await shop.ends_well("It was sent SIGTERM and SIGHUP in the middle of an order", "The end is not forgotten.")
    await shop.does(name, "The order was begun before the signals.")


async def _is_sealed(shop: Open, seal: str, when: str) -> None:
    _expect_seal(await shop.does(shop.desk.order(), STAYS), seal, when)


def _expect_seal(receipt: bytes, seal: str, when: str) -> None:
    last = receipt.decode("utf-8", "replace").splitlines()[-1:]
    if last != [f"sealed: {seal}"]:
        fail(
            f"The wrong seal is on a receipt, {when}.",
            expected=f"sealed: {seal}",
            got="".join(last)[:120],
            hint="Keep the seal in a variable that is set at the start and at SIGHUP, and nowhere else.",
        )
