"""Stage 1: an untidy folder becomes commits of one thought each, and what does not belong there stays out."""

import re

from kit import lines_of, main_of, where_it_stands

from firsthand.lab import Commit, Repo, Rng, check, expect, fail

FIRST = "c7810ca6e26dde4c2ecb3828db6a537e933b408e"
DISCOUNT = 'if [ "$tickets" -ge 8 ]; then'
SPELLING = 'echo "$tickets tickets, thank you"'
SUBJECT_LENGTH_MAX = 60
WORDS_MIN = 3


def new_commits(repo: Repo) -> tuple[Commit, ...]:
    """What was committed since the lab began, the newest first."""
    main_of(repo)
    return repo.log("main", without=[FIRST] if repo.find(FIRST) else [])


async def thoughts_of(repo: Repo, commit: Commit) -> list[str]:
    """Which of the three changes this commit makes."""
    paths = await repo.changed(commit)
    found = ["the ignored files (.gitignore)"] if ".gitignore" in paths else []
    if "shop.sh" in paths:
        parent = repo.commit(commit.parents[0]) if commit.parents else None
        there = parent is not None and "shop.sh" in await repo.files(parent)
        before = (await repo.read("shop.sh", parent)).decode("utf-8", "replace") if parent and there else ""
        after = ""
        if "shop.sh" in await repo.files(commit):
            after = (await repo.read("shop.sh", commit)).decode("utf-8", "replace")
        for line, name in ((DISCOUNT, "the discount"), (SPELLING, "the spelling")):
            if (line in before) != (line in after):
                found.append(f"{name} (shop.sh)")
    return found


@check(proves="GIT-01")
async def commits_both_changes(repo: Repo) -> None:
    """On main, shop.sh gives the discount from 8 tickets on, and spells "tickets" right (brief)."""
    lines = await lines_of(repo, "shop.sh")
    for wanted, name in ((DISCOUNT, "The discount from 8 tickets on"), (SPELLING, 'The right spelling of "tickets"')):
        if wanted not in lines:
            repo.show("log", "--oneline", "main", "--", "shop.sh")
            fail(
                f"{name} is not committed: in shop.sh of the last commit on main there is no line `{wanted}`.",
                hint=where_it_stands(repo) or "What is changed and not committed: git diff, and git diff --staged",
            )


@check(proves="GIT-01")
async def builds_on_the_first_commit(repo: Repo) -> None:
    """The commit that was there before is still the first one, unchanged (brief)."""
    main_of(repo)
    if not repo.contains("main", FIRST):
        repo.show("log", "--oneline", "main")
        fail(
            f'main does not lead to the commit {FIRST[:7]} "Compute what an order costs" any more.',
            hint="`git commit --amend` and a new `git init` make another first commit. Your files can stay: "
            f"`git reset {FIRST[:7]}` sets main back to it if it is still there; then commit again.",
        )


@check(proves="GIT-01")
async def keeps_thoughts_apart(repo: Repo) -> None:
    """No commit makes two of the three changes: the discount, the spelling, .gitignore (brief)."""
    for commit in new_commits(repo):
        if commit.is_merge:
            continue
        found = await thoughts_of(repo, commit)
        if len(found) > 1:
            repo.show("show", "--oneline", commit.id[:7])
            fail(
                f"One commit makes {len(found)} changes: {commit} has {' and '.join(found)}.",
                expected="one thought in each commit",
                got=", ".join(found),
                hint=f"`git reset {FIRST[:7]}` takes the commits away and leaves your files; then stage by pieces.",
            )


@check(proves="GIT-01")
async def says_what_each_does(repo: Repo) -> None:
    """Each first line says what the commit does, in 3 words or more, 60 characters at most, without "and" (brief)."""
    seen: dict[str, Commit] = {}
    commits = [commit for commit in new_commits(repo) if not commit.is_merge]
    for commit in commits:
        repo.show("log", "--format=%h %s", "main")
        expect(len(commit.subject), f"length of the first line of {commit}").is_at_most(
            SUBJECT_LENGTH_MAX, hint="Say it in one line, and the rest after an empty line."
        )
        words = re.findall(r"\w+", commit.subject)
        if len(words) < WORDS_MIN:
            hint = "It would fit any commit. Say what changed for whoever uses the shop."
            fail(f"The first line of {commit} has {len(words)} of the {WORDS_MIN} words that it needs.", hint=hint)
        if "and" in (word.lower() for word in words):
            hint = "Two thoughts, or two halves of one? If it is one, find a word for it."
            fail(f'The first line of {commit} has an "and" in it.', hint=hint)
        if commit.message.partition("\n")[2].partition("\n")[0].strip():
            repo.show("log", "--max-count=1", "--format=%B", commit.id[:7])
            hint = "Tools take everything up to the first empty line for the subject."
            fail(f"In the message of {commit} the second line is not empty.", hint=hint)
        twin = seen.setdefault(commit.subject, commit)
        if twin is not commit:
            fail(f'Two commits have the same first line, "{commit.subject}".', hint="Then one of them says too little.")


@check(proves="GIT-01")
async def ignores_what_does_not_belong(repo: Repo, rng: Rng) -> None:
    """The .gitignore on main leaves out .env and every *.log, in all folders, and nothing that people write (brief)."""
    main_of(repo)
    if ".gitignore" not in await repo.files("main"):
        hint = "It is committed like any file, so that the whole team has it. .git/info/exclude is yours alone."
        fail("There is no file .gitignore in the last commit of main.", hint=hint)
    word = rng.token()
    out = (".env", "sales.log", f"{word}.log", f"{word}/sales.log", f"{word}/.env")
    kept = ("shop.sh", f"{word}.sh", "README.md", f"{word}/login.txt")
    ignored = await repo.ignored((*out, *kept), at="main")
    for path in out:
        if path not in ignored:
            fail(f"The .gitignore on main does not leave out {path}.", hint="*.log is every name that ends so.")
    for path in kept:
        if path in ignored:
            fail(f"The .gitignore on main leaves out {path}, which people write.", hint="A pattern fits too much.")


@check(proves="GIT-01")
async def keeps_the_secret_out(repo: Repo) -> None:
    """No commit on main holds .env or a log, not even an earlier one (brief)."""
    for commit in new_commits(repo):
        for path in await repo.files(commit):
            if path.rpartition("/")[2] == ".env" or path.endswith(".log"):
                repo.show("log", "--oneline", "--stat", "main", "--", path)
                fail(
                    f"The commit {commit} holds the file {path}.",
                    hint="Taking it out later does not help: the older one can still be read. Nobody has your commits "
                    f"yet: `git reset {FIRST[:7]}` takes your commits away, and leaves your files.",
                )
