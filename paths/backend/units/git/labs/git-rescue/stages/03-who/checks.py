"""Stage 3: who decided it, when and why, asked of a history in which the last to touch a line was somebody else."""

from firsthand.lab import Commit, Repo, check, fail

FILE = "3-answers.txt"
MINUTES = "5f6e4a8fd0670df3d80c4d163b447d2ede80daa5"
REFUNDS = "3267a93464aab8df07ed0f449f0b8c0451092374"
ALIGNED = "ab8cf2555745d0ed9840f5cc99cb1025e8565450"
ID_LENGTH_MIN = 7


def answer(repo: Repo, key: str) -> str:
    """What the learner wrote behind a word and a colon."""
    said = ""
    for line in repo.text_of(FILE).splitlines():
        word, colon, rest = line.partition(":")
        if colon and word.strip().lower() == key:
            said = said or rest.strip()
    if not said:
        hint = "Write your answer there, on the same line. The brief shows all four words."
        fail(f"In {FILE} nothing stands behind `{key}:` yet.", hint=hint)
    return said


def commit_named(repo: Repo, key: str) -> Commit:
    """The commit whose id stands there."""
    said = answer(repo, key)
    found = repo.find(said) if len(said) >= ID_LENGTH_MIN else None
    if found is None:
        repo.show("log", "--oneline")
        fail(
            f"In {FILE} behind `{key}:` stands {said}, which is no id of a commit of {repo.name}.",
            hint="The first seven characters of an id, or all of them. git log --oneline shows ids.",
        )
    return found


@check(proves="GIT-03")
async def names_who_raised_the_fee(repo: Repo) -> None:
    """`fee:` names who set the fee to what it is today (brief)."""
    said = answer(repo, "fee")
    if "bo" not in said.lower().replace("<", " ").split():
        repo.show("log", "--oneline")
        fail(
            f"Behind `fee:` stands {said}, who did not set the fee to what it is now.",
            hint="Which command tells for each line of a file who gave it its present form?",
        )


@check(proves="GIT-03")
async def finds_who_decided_the_minutes(repo: Repo) -> None:
    """`minutes:` is the commit that decided on 15 minutes, not one that only touched the line (brief)."""
    found = commit_named(repo, "minutes")
    if found.id != MINUTES:
        repo.show("show", found.id[:7], "--", "settings.txt")
        aligned = "It only put spaces into the line: the number was 15 before. Ask so that spaces do not count."
        other = "Look at what it changed: was hold_minutes another number before?"
        fail(
            f"Behind `minutes:` stands {found}, which did not decide on 15 minutes.",
            hint=aligned if found.id == ALIGNED else other,
        )


@check(proves="GIT-03")
async def knows_the_reason(repo: Repo) -> None:
    """`ticket:` is the number under which the theatre asked for the 15 minutes (brief)."""
    said = answer(repo, "ticket").lstrip("#")
    if said.lower().removeprefix("ticket").strip(" #") != "1212":
        repo.show("log", "--oneline", "--", "settings.txt")
        fail(
            f"Behind `ticket:` stands {said}, which is not where the theatre asked for it.",
            hint="The whole message of the commit that decided it says why: git show ID",
        )


@check(proves="GIT-03")
async def finds_what_took_the_refunds(repo: Repo) -> None:
    """`refunds:` is the commit that took the line refund_days out of settings.txt (brief)."""
    found = commit_named(repo, "refunds")
    if found.id != REFUNDS:
        repo.show("show", "--stat", found.id[:7])
        fail(
            f"Behind `refunds:` stands {found}, which did not take refund_days away.",
            hint="Messages need not say it. Ask for commits in which the text itself came or went.",
        )
