"""Stage 4: what the program writes has the right mode, and a seal that others can reach is refused."""

from kit import Desk, has_mode, refused, well

from firsthand.lab import App, Folder, Rng, check, fail

GROUP = {"GROUP_READS": "1"}
UMASKS = (0o000, 0o022, 0o027, 0o077)


@check(proves="SH-03")
async def keeps_receipts_private(app: App, desk: Folder, rng: Rng) -> None:
    """A receipt has the mode 600: only its owner reads it (brief)."""
    own = Desk(app, desk, rng)
    name = own.order(into="orders")
    await own.stamped(name)
    has_mode(own.folder, f"receipts/{name}", 0o600, "The usual umask, 022, leaves new files readable by everybody.")


@check(proves="SH-03")
async def lets_the_group_read(app: App, desk: Folder, rng: Rng) -> None:
    """With GROUP_READS=1 a receipt has the mode 640 (brief)."""
    own = Desk(app, desk, rng)
    name = own.order(into="orders")
    await own.stamped(name, env=GROUP)
    has_mode(own.folder, f"receipts/{name}", 0o640, "Read and write for the owner, read for the group, nothing else.")
    other = own.order(into="orders")
    await own.stamped(other, env={"GROUP_READS": "0"})
    has_mode(own.folder, f"receipts/{other}", 0o600, "GROUP_READS=0 means no.")


@check(proves="SH-03")
async def is_exact_under_any_umask(app: App, desk: Folder, rng: Rng) -> None:
    """The modes of receipts are exactly these, whatever umask the program was started with (umask(2))."""
    own = Desk(app, desk, rng)
    for umask in UMASKS:
        for env, mode in (({}, 0o600), (GROUP, 0o640)):
            name = own.order(into="orders")
            await own.stamped(name, env=env, umask=umask)
            has_mode(
                own.folder,
                f"receipts/{name}",
                mode,
                f"This time the program was started with the umask {umask:03o}. "
                "It takes marks away from what you ask for when you make the file, but not from a later chmod.",
            )


@check(proves="SH-03")
async def closes_an_old_receipt(app: App, desk: Folder, rng: Rng) -> None:
    """A receipt that takes the place of an old one has the right mode as well (brief)."""
    own = Desk(app, desk, rng)
    name = own.order(into="orders")
    own.folder.make("receipts").put(name, b"an old receipt\n", 0o666)
    await own.stamped(name)
    has_mode(
        own.folder,
        f"receipts/{name}",
        0o600,
        "A mode that is given when a file is opened counts only if that makes it.",
    )


@check(proves="SH-03")
async def keeps_the_folder_private(app: App, desk: Folder, rng: Rng) -> None:
    """The folder of receipts, where the program makes it, has the mode 700, or 750 with GROUP_READS=1 (brief)."""
    for umask in UMASKS:
        for env, mode in (({}, 0o700), (GROUP, 0o750)):
            own = Desk(app, desk, rng)
            await own.stamped(own.order(into="orders"), env=env, umask=umask)
            has_mode(
                own.folder,
                "receipts",
                mode,
                f"This time the program was started with the umask {umask:03o}. A folder needs x to be passed through.",
            )
    own = Desk(app, desk, rng)
    before = own.folder.make("receipts").path.stat().st_mode & 0o777
    await own.stamped(own.order(into="orders"))
    has_mode(own.folder, "receipts", before, "This folder was there already: somebody has chosen its mode.")


@check(proves="SH-03")
async def refuses_an_open_seal(app: App, desk: Folder, rng: Rng) -> None:
    """A seal whose mode gives group or others anything ends the program with 1, and nothing is stamped (brief)."""
    own = Desk(app, desk, rng)
    name = own.order(into="orders")
    for mode in (0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601):
        own.new_seal(mode)
        refused(await own.stamp(name), f"a seal of mode {mode:03o}", ["seal"])
        if own.receipt(name) is not None:
            fail(f"A receipt was sealed with a seal of mode {mode:03o}.", hint="Look at the mode before you read it.")
    for mode in (0o600, 0o400):
        own.new_seal(mode)
        well(await own.stamp(name), f"`stamp {name}` with a seal of mode {mode:03o}")
