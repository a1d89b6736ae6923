"""Stage 2: two branches that changed the same lines become one, and both get what they wanted."""

from kit import lacks, lines_of, main_of, where_it_stands

from firsthand.lab import Repo, Rng, check, fail

MAIN = "66a5523c10001b6b01062fe3ce10d42a61ef02e6"
OF_BO = (("Bo", "Charge the fee for each ticket"), ("Bo", "Announce a show in April"))
OF_ADA = (("Ada", "Give groups of ten 10 % off"), ("Ada", "Announce a show for groups"))
NOTHING_YET = "Nothing was merged yet. Stand on main, and take the branch groups in."
ONLY_TEXT = "A merge takes the commits along, not only the text: later somebody asks who gave the discount, and why."
MARKERS = ("<<<<<<<", "|||||||", ">>>>>>>")
FEE = 2


async def expect_total(repo: Repo, tickets: int, each: int) -> None:
    """The total of an order is as both branches together want it."""
    price, fee = tickets * each, tickets * FEE
    off = price // 10 if tickets >= 10 else 0
    words = ("sh", "total.sh", str(tickets), str(each))
    ended = await repo.run(*words, at="main")
    said = ended.stdout.decode("utf-8", "replace").strip()
    wanted = str(price - off + fee)
    if said == wanted:
        return
    mistakes = {
        str(price - off + FEE): "That is one fee for the whole order. Bo wants one for each ticket.",
        str(price + fee): "That is without the discount for groups. Ada wants it from ten tickets on.",
        str(price + FEE): "That is the price before both changes.",
        str((price + fee) * 9 // 10): "That takes 10 % off the fee as well. Ask Ada's commit: git log groups",
        str(price * 9 // 10 + fee): "That gives the discount below ten tickets as well.",
    }
    hint = mistakes.get(said, "Look at what each side changed: git diff main...groups, and git log --patch main")
    got = said or ended.stderr.decode("utf-8", "replace").strip() or "nothing"
    fail(
        f"`{' '.join(words)}`, as main has it: expected {wanted}, got {got}.",
        expected=f"{wanted}: {price} for the tickets{f' less {off}' if off else ''}, and {fee} for the fees",
        got=got,
        hint=hint,
    )


@check(proves="GIT-02")
async def joins_both_lines(repo: Repo) -> None:
    """main holds the commits of both branches, with their authors and first lines (brief)."""
    missing = lacks(repo, (*OF_BO, *OF_ADA))
    if missing:
        fail(
            f"main does not have the {'commit' if len(missing) == 1 else 'commits'} {', '.join(missing)}.",
            hint=where_it_stands(repo) or (NOTHING_YET if main_of(repo).id == MAIN else ONLY_TEXT),
        )


@check(proves="GIT-02")
async def keeps_the_commits_of_main(repo: Repo) -> None:
    """What was on main is still there, as the same commits: main only goes forward (brief)."""
    main_of(repo)
    if not repo.contains("main", MAIN):
        repo.show()
        fail(
            f'main does not lead to {MAIN[:7]} "Announce a show in April" any more; others have that commit.',
            hint="A rebase makes new commits. The branch groups, which is Ada's alone, may be rebased; main may not.",
        )


@check(proves="GIT-02")
async def leaves_no_marker(repo: Repo) -> None:
    """No file on main has a conflict marker in it (brief)."""
    for path in ("shows.txt", "total.sh"):
        for number, line in enumerate(await lines_of(repo, path), 1):
            if line.startswith(MARKERS) or line == "=======":
                fail(
                    f"Line {number} of {path} on main is a conflict marker: {line}",
                    hint="`git diff --check` finds them before you commit.",
                )


@check(proves="GIT-02")
async def keeps_both_shows(repo: Repo) -> None:
    """shows.txt on main has all four shows, each once (brief)."""
    lines = await lines_of(repo, "shows.txt")
    for show in ("Hamlet", "The Tempest", "Macbeth, for groups", "Twelfth Night"):
        count = sum(show in line for line in lines)
        if count != 1:
            fail(
                f"In shows.txt on main, {show} stands {'not at all' if not count else f'{count} times'}.",
                hint="Each branch added a line at the same place. Neither wanted the other's away.",
            )


@check(proves="GIT-02")
async def charges_the_fee_for_each_ticket(repo: Repo, rng: Rng) -> None:
    """With fewer than ten tickets, total.sh prints the price of the tickets and a fee of 2 for each (brief)."""
    for tickets in (rng.integer(2, 8), 9):
        await expect_total(repo, tickets, 10 * rng.integer(2, 9))


@check(proves="GIT-02")
async def gives_groups_their_discount(repo: Repo, rng: Rng) -> None:
    """From ten tickets on, total.sh takes 10 % off the price of the tickets, and nothing off the fees (brief)."""
    for tickets in (10, rng.integer(11, 60)):
        await expect_total(repo, tickets, 10 * rng.integer(2, 9))
