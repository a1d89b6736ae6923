"""Stage 1: settings come from the environment, and have defaults."""

from kit import Desk, settings_in

from firsthand.lab import App, Folder, Rng, check, expect


@check(proves=("SH-05", "LNG-01"))
async def has_settings_for_everybody(app: App, desk: Folder, rng: Rng) -> None:
    """With none of them set, `settings` prints the defaults, one line for each, and ends with 0 (brief)."""
    found = settings_in(await Desk(app, desk, rng).call("settings"))
    expect(found["SHOP"], "SHOP").equals("Corner Shop")
    expect(found["STAMP_MS"], "STAMP_MS").equals("100")
    expect(found["GROUP_READS"], "GROUP_READS").equals("0")


@check(proves=("SH-05", "LNG-01"))
async def takes_settings_from_outside(app: App, desk: Folder, rng: Rng) -> None:
    """What the environment says is what `settings` prints (brief)."""
    for shop in (rng.token(), f"{rng.token()} & Söhne, No. {rng.integer(1, 99)}"):
        number = str(rng.integer(101, 59_999))
        found = settings_in(await Desk(app, desk, rng).call("settings", env={"SHOP": shop, "STAMP_MS": number}))
        expect(found["SHOP"], f"SHOP, started with SHOP='{shop}'").equals(shop)
        expect(found["STAMP_MS"], f"STAMP_MS, started with STAMP_MS={number}").equals(number)


@check(proves="SH-05")
async def takes_each_by_itself(app: App, desk: Folder, rng: Rng) -> None:
    """One that is set changes nothing about the others; one that is empty counts as not set (brief)."""
    for empty in ({}, {"STAMP_MS": "", "GROUP_READS": ""}):
        found = settings_in(await Desk(app, desk, rng).call("settings", env={"SHOP": rng.token(), **empty}))
        expect(found["STAMP_MS"], f"STAMP_MS, when it is {'empty' if empty else 'not set'}").equals("100")
        expect(found["GROUP_READS"], f"GROUP_READS, when it is {'empty' if empty else 'not set'}").equals("0")
    for empty in ({}, {"SHOP": ""}):
        found = settings_in(await Desk(app, desk, rng).call("settings", env={"STAMP_MS": "0", **empty}))
        expect(found["SHOP"], f"SHOP, when it is {'empty' if empty else 'not set'}").equals("Corner Shop")
        expect(found["STAMP_MS"], "STAMP_MS, started with STAMP_MS=0").equals(
            "0", hint="A number may be 0: ask whether the text is empty, not whether the number is."
        )


@check(proves="SH-05")
async def switches_on_by_1_alone(app: App, desk: Folder, rng: Rng) -> None:
    """GROUP_READS is on for the text `1` and off for every other one (brief)."""
    for text, shown in (
        ("1", "1"),
        ("0", "0"),
        ("false", "0"),
        (rng.choice(("no", "off", "never")), "0"),
        ("yes", "0"),
    ):
        found = settings_in(await Desk(app, desk, rng).call("settings", env={"GROUP_READS": text}))
        expect(found["GROUP_READS"], f"GROUP_READS, started with GROUP_READS={text}").equals(
            shown, hint="All that comes from the environment is text, and most languages take any text for true."
        )
