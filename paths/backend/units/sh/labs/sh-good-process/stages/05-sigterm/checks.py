"""Stage 5: the desk takes orders until it is asked to end, and finishes what it has begun."""

import signal

from kit import Desk, receipt_of

from firsthand.lab import App, Folder, Rng, check, expect, fail

FOREVER = {"STAMP_MS": "60000"}
PATIENT = 4
"""When two orders were begun the machine may have been too slow for us: one more try, with so much slower stamping."""
KEEP = "Write the receipt first, and remove the order only when the receipt is there."


@check(proves=("SH-04", "LNG-01"))
async def takes_orders_from_the_inbox(app: App, desk: Folder, rng: Rng) -> None:
    """Called without a word, it stamps what lies in the inbox and what comes later, and takes it out (brief)."""
    own = Desk(app, desk, rng)
    waiting = own.order()
    said = own.text(waiting)
    shop = await own.opened()
    expect(await shop.does(waiting), f"receipt of {waiting}").equals(receipt_of("Corner Shop", said, own.seal))
    for _ in range(3):
        name = own.order(f"{rng.token()} {rng.token()}.txt")
        await shop.does(name, "This order came while the program was running: look into the inbox again and again.")
    if not shop.instance.running:
        fail("The program has ended, although nobody asked it to.")


@check(proves=("SH-04", "SH-06"))
async def leaves_drafts_alone(app: App, desk: Folder, rng: Rng) -> None:
    """A file in the inbox whose name begins with a dot is still being written, and is left alone (brief)."""
    own = Desk(app, desk, rng)
    draft = own.order(f".{rng.token()}")
    shop = await own.opened()
    await shop.does(own.order())
    await shop.does(own.order())
    if not own.has_order(draft) or own.receipt(draft) is not None:
        fail(f"The file {draft} in the inbox was taken for an order.", hint="Pass over names that begin with a dot.")


@check(proves=("SH-04", "SH-06"))
async def ends_when_asked(app: App, desk: Folder, rng: Rng) -> None:
    """With nothing to do, SIGTERM ends it soon, and its exit code is 0 (brief)."""
    shop = await Desk(app, desk, rng).opened()
    shop.instance.signal(signal.SIGTERM)
    await shop.ends_well("It was sent SIGTERM", "Let the loop end, and then the program, with 0.")


@check(proves=("SH-04", "SH-06"))
async def finishes_the_order_at_hand(app: App, desk: Folder, rng: Rng) -> None:
    """SIGTERM in the middle of an order: that order is done to its end, then the program ends with 0 (brief)."""
    own = Desk(app, desk, rng)
    name = own.order()
    said = own.text(name)
    shop = await own.opened(own.slow())
    await shop.begins(name)
    shop.instance.signal(signal.SIGTERM)
    await shop.ends_well("It was sent SIGTERM in the middle of an order", "Finish the order, then end.")
    receipt = own.receipt(name)
    if receipt is None:
        fail(
            f"SIGTERM came in the middle of {name}. The program ended with 0, and there is no receipt.",
            hint="A handler should only leave a note, such as `ending = True`; the loop looks at it after each order.",
        )
    expect(receipt, f"receipt of {name}").equals(receipt_of("Corner Shop", said, own.seal))
    await shop.does(name, "The last order is to be done like any other one.")


@check(proves=("SH-04", "SH-06"))
async def begins_nothing_more(app: App, desk: Folder, rng: Rng) -> None:
    """After SIGTERM no further order is begun: the others stay in the inbox for the next one (brief)."""
    begun, left = await _interrupted(Desk(app, desk, rng), 1)
    if begun == 2:
        begun, left = await _interrupted(Desk(app, desk, rng), PATIENT)
    expect(begun, "orders begun, with SIGTERM in the middle of the first").equals(
        1, hint="Look at the note before each order, not only when the inbox is empty."
    )
    expect(left, "orders left in the inbox").equals(2, hint="What was not begun stays where it is.")


@check(proves=("SH-04", "SH-06"))
async def ends_at_ctrl_c(app: App, desk: Folder, rng: Rng) -> None:
    """SIGINT, which Ctrl-C sends, means the same as SIGTERM (brief)."""
    own = Desk(app, desk, rng)
    shop = await own.opened(own.slow())
    name = own.order()
    await shop.begins(name)
    shop.instance.signal(signal.SIGINT)
    await shop.ends_well("It was sent SIGINT", "Arrange the same for SIGINT as for SIGTERM.")
    await shop.does(name, "SIGINT came in the middle of this order.")


@check(proves="SH-06")
async def loses_nothing_when_killed(app: App, desk: Folder, rng: Rng) -> None:
    """Killed in the middle of an order, it has not lost it: the next start does it (brief)."""
    own = Desk(app, desk, rng)
    name = own.order()
    said = own.text(name)
    shop = await own.opened(FOREVER)
    await shop.begins(name)
    await shop.instance.kill()
    if own.receipt(name) is not None:
        fail(f"The program was killed while it stamped {name}, and there is a receipt already.", hint="First wait.")
    if not own.has_order(name):
        fail(f"The program was killed while it stamped {name}: no receipt, and the order is gone.", hint=KEEP)
    again = await own.opened()
    expect(await again.does(name), f"receipt of {name}, made after a new start").equals(
        receipt_of("Corner Shop", said, own.seal)
    )


@check(proves="SH-05")
async def opens_only_when_all_is_well(app: App, desk: Folder, rng: Rng) -> None:
    """Without a good seal or good settings it ends with 1 and never says `ready` (brief)."""
    own = Desk(app, desk, rng)
    name = own.order()
    for env, mode in (({"STAMP_MS": rng.token()}, 0o600), ({}, 0o644)):
        own.new_seal(mode)
        done = await own.call(env=env)
        expect(done.exit_code, "exit code of a desk that cannot open").equals(1)
        expect(done.stdout, "standard output of a desk that cannot open").lacks(b"ready")
    if not own.has_order(name):
        fail("A desk that could not open has taken an order.")


async def _interrupted(own: Desk, times: int) -> tuple[int, int]:
    """How many of three orders were begun and how many were left, with SIGTERM in the middle of the first."""
    names = [own.order() for _ in range(3)]
    shop = await own.opened(own.slow(times))
    if not await shop.comes(lambda: any(line.startswith("begin ") for line in shop.lines)):
        shop.complain("Three orders lie in the inbox, and the program did not print `begin NAME`", "")
    shop.instance.signal(signal.SIGTERM)
    await shop.ends_well("It was sent SIGTERM while three orders lay in the inbox", "One order, then the end.")
    begun = sum(f"begin {name}" in shop.lines for name in names)
    return begun, sum(own.has_order(name) for name in names)
