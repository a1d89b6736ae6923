"""Stage 4: a merge is taken back on a branch that others have, without contradicting what they have."""

import re

from kit import lines_of, main_of, where_it_stands

from firsthand.lab import Repo, check, fail

SHARED = "8ba888819bacd23d60c2bd9116ed11cc4da12f71"
MERGE = "7bfef27f013f9c8e70030acefe77efa5c25b1f5c"
OF_FESTIVAL = ("1f5a1637774d78165f0975023dbc1b55fbefe3a4", "bd203bcd790ad0a0cf79232128c1546cceba0c09")
ID = re.compile(r"\b[0-9a-f]{7,40}\b")


@check(proves="GIT-04")
async def takes_the_festival_back(repo: Repo) -> None:
    """On main the fee is 2 again, and the festival is not announced (brief)."""
    hint = where_it_stands(repo) or "git revert wants to know which parent of a merge is to be kept: the line of main."
    if "fee = 2" not in await lines_of(repo, "fee.txt"):
        fail("On main, fee.txt does not say `fee = 2`: what the festival changed is still there.", hint=hint)
    if any("Festival" in line for line in await lines_of(repo, "shows.txt")):
        fail("On main, shows.txt still announces the festival.", hint=hint)


@check(proves="GIT-04")
async def contradicts_nobody(repo: Repo) -> None:
    """All commits that were on main are still there: origin/main is behind main, not beside it (brief)."""
    main_of(repo)
    if not repo.contains("main", SHARED):
        repo.show()
        fail(
            f'main does not lead to {SHARED[:7]} "Keep a seat for the fire brigade" any more, which others have.',
            hint="reset and rebase take commits out of a branch. What others have is undone by one commit more. "
            f"`git reset --hard {SHARED[:7]}` brings you back to the beginning.",
        )


@check(proves="GIT-04")
async def keeps_what_others_did(repo: Repo) -> None:
    """All the rest stays as it was on main, before the merge and after it (brief)."""
    for path, line, who in (
        ("seats.txt", "seats = 379", "Bo's seats for the press and Cy's for the fire brigade"),
        ("doors.txt", "doors = 18:00", "Bo's earlier doors"),
        ("shows.txt", "12 March  Hamlet", "Hamlet"),
    ):
        if path not in await repo.files(main_of(repo)) or line not in await lines_of(repo, path):
            repo.show("diff", "--stat", SHARED[:7], "main")
            fail(
                f"On main, {path} does not say `{line}` any more: {who} went with the festival.",
                hint="The state from before the merge lacks all that came since. Undo the merge alone.",
            )


@check(proves="GIT-04")
async def says_what_it_undid(repo: Repo) -> None:
    """A new commit's message names, by id, the merge or the commits that it undoes (brief)."""
    main_of(repo)
    new = repo.log("main", without=[SHARED])
    named = [word for commit in new for word in ID.findall(commit.message)]
    if not any(id_.startswith(word) for word in named for id_ in (MERGE, *OF_FESTIVAL)):
        repo.show("log", f"{SHARED[:7]}..main")
        fail(
            "No new commit on main says which commit it undoes.",
            expected=f"the id of the merge, {MERGE[:7]}",
            got=", ".join(str(commit) for commit in new) or "no new commit",
            hint="git revert writes it by itself. Next year somebody wants the festival back, and looks for it.",
        )
