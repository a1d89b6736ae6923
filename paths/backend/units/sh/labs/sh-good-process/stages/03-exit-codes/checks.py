"""Stage 3: one order is stamped, and the exit code says how that went."""

from kit import QUICK, Desk, receipt_of, refused, some_text, well, words_of

from firsthand.lab import App, Folder, Rng, check, expect, fail


@check(proves="LNG-01")
async def stamps_an_order(app: App, desk: Folder, rng: Rng) -> None:
    """`stamp FILE` writes the receipt into $DESK_DIR/receipts, under the order's name, also a second time (brief)."""
    own = Desk(app, desk, rng)
    name = own.order(into="orders")
    for time in ("first", "second"):
        await own.stamped(name)
        expect(own.receipt(name), f"{time} receipt of {name}").equals(
            receipt_of("Corner Shop", own.text(name, of="orders"), own.seal)
        )
        own.order(name, into="orders")  # the customer has thought better of it


@check(proves=("LNG-01", "SH-05"))
async def carries_text_unchanged(app: App, desk: Folder, rng: Rng) -> None:
    """Shop, order and seal stand on the receipt unchanged, whatever letters they hold (brief)."""
    own = Desk(app, desk, rng)
    shop = f"{rng.token()} & Söhne  'No. {rng.integer(1, 9)}' $HOME \\n"
    text = f'  {some_text(rng)}\n\t* 100% "cotton" $PATH \\t 漢字 {rng.token()}\n'
    for name in (f"{rng.token()} and {rng.token()}.txt", f"Bestellung für {rng.token()}"):
        own.order(name, text, into="orders")
        await own.stamped(name, env={"SHOP": shop})
        expect(own.receipt(name), f"receipt of the order '{name}'").equals(
            receipt_of(shop, text.encode(), own.seal), hint="Copy it as it is: no line and no space more or less."
        )


@check(proves="LNG-01")
async def takes_the_time(app: App, desk: Folder, rng: Rng) -> None:
    """Stamping takes STAMP_MS milliseconds or longer (brief)."""
    own = Desk(app, desk, rng)
    name = own.order(into="orders")
    done = await own.stamp(name, env={"STAMP_MS": "700"})
    well(done, f"`stamp {name}`")
    if done.seconds < 0.7:
        fail(
            "The program ended sooner than stamping takes.",
            expected="700 ms or more",
            got=f"{done.seconds * 1000:.0f} ms",
            hint="STAMP_MS is in milliseconds; many languages wait in seconds.",
        )


@check(proves="LNG-01")
async def fails_with_1(app: App, desk: Folder, rng: Rng) -> None:
    """An order or a seal that cannot be read ends in exit code 1, a line that names it, and no receipt (brief)."""
    own = Desk(app, desk, rng)
    name = own.order(into="orders")
    missing = f"{rng.token()}.txt"
    refused(await own.stamp(missing), "an order that is not there", [missing])
    own.folder.make(f"orders/{rng.token(5)}")
    own.folder.remove("seal")
    refused(await own.stamp(name), "no seal in the desk", ["seal"])
    own.folder.put("seal", rng.choice((b"", b"\n")), 0o600)
    refused(await own.stamp(name), "an empty seal", ["seal"])
    for each in (missing, name):
        if own.receipt(each) is not None:
            fail(f"It ended with 1, and yet there is a receipt of {each}.", hint="Read all you need before you write.")


@check(proves="LNG-01")
async def fails_with_2(app: App, desk: Folder, rng: Rng) -> None:
    """A wrong call ends in exit code 2, and standard error says how it should be called (brief)."""
    own = Desk(app, desk, rng)
    name = own.order(into="orders")
    order = str(own.folder.path / "orders" / name)
    calls = ((rng.token(),), ("stamp",), ("stamp", order, order), ("settings", rng.token()), (order,))
    for words in calls:
        shown = " ".join(word.rpartition("/")[2] for word in words)
        done = await own.call(*words, env=QUICK)
        expect(done.exit_code, f"exit code of the wrong call `{shown}`").equals(2)
        if "usage" not in done.stderr.decode("utf-8", "replace").lower():
            fail(
                f"After the wrong call `{shown}`, standard error does not say `usage`.",
                expected="usage: ... [settings | stamp FILE]",
                got=words_of(done.stderr),
            )
        expect(done.stdout.strip(), f"standard output of the wrong call `{shown}`").equals(b"")
    if own.receipt(name) is not None:
        fail("A wrong call made a receipt.", hint="Look at all the words first: how many are there?")
