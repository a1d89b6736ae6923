"""What the stages of this lab share: the commits that they begin with, and questions that several ask."""

from collections.abc import Sequence

from firsthand.lab import Commit, Repo, fail


def main_of(repo: Repo) -> Commit:
    """The last commit of the branch main, which is what every stage judges."""
    if repo.find("main") is None:
        repo.show("branch", "--all", "--verbose")
        fail(
            f"In {repo.name} there is no branch main.",
            hint="Name the branch with your work so: git branch --move main",
        )
    return repo.commit("main")


async def text_of(repo: Repo, path: str) -> str:
    """What a file of main says."""
    main_of(repo)
    return (await repo.read(path, at="main")).decode("utf-8", "replace")


async def lines_of(repo: Repo, path: str) -> list[str]:
    """The lines of a file of main, without spaces at their ends."""
    return [line.strip() for line in (await text_of(repo, path)).splitlines()]


def where_it_stands(repo: Repo) -> str:
    """A hint for work that was done and is not on main: what is under way, or another branch."""
    if repo.under_way:
        return f"A {repo.under_way} is under way and not ended. What is left to do says: git -C {repo.name} status"
    if repo.head and repo.head != "main":
        return f"You stand on the branch {repo.head}. What is judged is main: git switch main"
    return "" if repo.head else "You stand beside all branches (detached HEAD). What is judged is main."


def lacks(repo: Repo, wanted: Sequence[tuple[str, str]]) -> list[str]:
    """Those of these commits, each by author and first line, that main does not have in any form."""
    there = {(commit.author, commit.subject) for commit in repo.log(main_of(repo))}
    repo.show()
    return [f'"{subject}" by {author}' for author, subject in wanted if (author, subject) not in there]
