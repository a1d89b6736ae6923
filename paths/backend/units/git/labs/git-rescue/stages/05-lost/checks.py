"""Stage 5: commits to which no name leads any more come back, and only those that are wanted."""

from kit import lacks, lines_of, main_of, where_it_stands

from firsthand.lab import Repo, check, fail

WANTED = (("Ada", "Keep 20 seats for the press"), ("Ada", "Draw a map of the seats"))
POSTER = (("Ada", "Draw a poster"), ("Ada", "Write the price on the poster"))


@check(proves="GIT-04")
async def brings_the_commits_back(repo: Repo) -> None:
    """main has the two commits again, with their author and first line, and what they added (brief)."""
    missing = lacks(repo, WANTED)
    if missing:
        fail(
            f"main does not have the {'commit' if len(missing) == 1 else 'commits'} {', '.join(missing)}.",
            hint=where_it_stands(repo) or "Every commit on which HEAD has stood is in its diary: git reflog",
        )
    for path in ("press.txt", "map.txt"):
        if path not in await repo.files(main_of(repo)):
            fail(f"main has the commits again, but not the file {path}.", hint="Was it taken out by a later commit?")


@check(proves="GIT-04")
async def leaves_the_slip_out(repo: Repo) -> None:
    """On main the fee is still 2 (brief)."""
    if "fee = 2" not in await lines_of(repo, "fee.txt"):
        fail(
            "On main, fee.txt does not say `fee = 2`: the slip came back as well.",
            hint="One line further down in the reflog stands the state before the slip.",
        )


@check(proves="GIT-04")
async def keeps_what_came_since(repo: Repo) -> None:
    """What was committed after the reset is on main too (brief)."""
    missing = lacks(repo, (("Ada", "Sell 420 seats"),))
    if missing or "seats = 420" not in await lines_of(repo, "seats.txt"):
        repo.show()
        fail(
            'main has lost "Sell 420 seats", which was committed after the accident.',
            hint="A reset to the old state drops what came since. It is in the reflog, too. Join both lines.",
        )


@check(proves="GIT-04")
async def brings_the_branch_back(repo: Repo) -> None:
    """There is a branch posters again, which leads to both commits of the poster (brief)."""
    tip = repo.find("posters") if "posters" in repo.branches else None
    if tip is None:
        repo.show("branch", "--all", "--verbose")
        fail(
            "There is no branch posters.",
            hint="Deleting a branch takes a name away. Its last commit stands in the reflog: give it the name again.",
        )
    there = {(commit.author, commit.subject) for commit in repo.log("posters")}
    missing = [subject for author, subject in POSTER if (author, subject) not in there]
    if missing:
        repo.show("log", "--oneline", "--graph", "posters", "main")
        fail(
            f'The branch posters does not lead to the commit "{missing[-1]}".',
            hint="It was deleted at its last commit, not before. Look once more where HEAD has been.",
        )
