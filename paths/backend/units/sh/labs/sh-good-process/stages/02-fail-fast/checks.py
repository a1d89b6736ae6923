"""Stage 2: what makes no sense is refused at once, in words that help."""

from kit import Desk, refused, settings_in, words_of

from firsthand.lab import App, Folder, Rng, check, expect, fail


@check(proves="SH-05")
async def refuses_what_is_no_number(app: App, desk: Folder, rng: Rng) -> None:
    """A STAMP_MS that is no whole number in digits ends the program with exit code 1 (brief)."""
    wrong = ["soon", rng.token(), f"{rng.integer(1, 9)}.5", f"{rng.integer(10, 99)}ms", "1e3", "0x10"]
    for text in wrong:
        done = await Desk(app, desk, rng).call("settings", env={"STAMP_MS": text})
        refused(done, f"STAMP_MS={text}", ())


@check(proves="SH-05")
async def keeps_the_number_in_bounds(app: App, desk: Folder, rng: Rng) -> None:
    """0 and 60000 are good for STAMP_MS; 60001 and -1 are not (brief)."""
    for text in ("60001", str(rng.integer(60_002, 999_999)), "-1", f"-{rng.integer(2, 99)}"):
        refused(await Desk(app, desk, rng).call("settings", env={"STAMP_MS": text}), f"STAMP_MS={text}", ())
    for text in ("0", "60000"):
        found = settings_in(await Desk(app, desk, rng).call("settings", env={"STAMP_MS": text}))
        expect(found["STAMP_MS"], f"STAMP_MS, started with STAMP_MS={text}").equals(text)


@check(proves="SH-05")
async def needs_a_desk(app: App, desk: Folder, rng: Rng) -> None:
    """A DESK_DIR that is not set, or is no folder that is there, ends the program with exit code 1 (brief)."""
    refused(await Desk(app, desk, rng).call("settings", env={"DESK_DIR": ""}), "an empty DESK_DIR", ())
    own = Desk(app, desk, rng)
    for name in (rng.token(), "seal"):
        done = await own.call("settings", env={"DESK_DIR": str(own.folder.path / name)})
        refused(done, f"a DESK_DIR that is {'a file' if name == 'seal' else 'not there'}", ())


@check(proves="SH-05")
async def complains_on_standard_error(app: App, desk: Folder, rng: Rng) -> None:
    """The complaint goes to standard error, and standard output stays empty (brief)."""
    for env in ({"STAMP_MS": rng.token()}, {"DESK_DIR": ""}):
        done = await Desk(app, desk, rng).call("settings", env=env)
        if done.stdout.strip():
            fail(
                "The program could not work, and yet it printed something on standard output.",
                expected="nothing",
                got=words_of(done.stdout),
                hint="Read and check all settings first; print only then. Complaints go to standard error.",
            )
        if not done.stderr.strip():
            fail("Standard error is empty: the program says nothing about why it ended.", expected="one line")


@check(proves="SH-05")
async def says_what_is_wrong(app: App, desk: Folder, rng: Rng) -> None:
    """The complaint is one line that names the variable, and the value that was wrong (brief)."""
    wrong, elsewhere = rng.token(), f"/no/{rng.token()}"
    cases = (
        ("STAMP_MS", wrong),
        ("STAMP_MS", str(rng.integer(70_000, 99_999))),
        ("DESK_DIR", elsewhere),
        ("DESK_DIR", ""),
    )
    for name, value in cases:
        done = await Desk(app, desk, rng).call("settings", env={name: value})
        refused(done, f"{name}={value}", [name, value] if value else [name])
        lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        expect(len(lines), f"lines of complaint with {name}={value}").equals(
            1,
            hint="A stack trace is for you, not for whoever started the program: catch the error and say it in a line.",
        )
