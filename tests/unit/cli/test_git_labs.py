"""A lab about a Git repository from its beginning to its proof, as a learner and an author meet it."""

import subprocess
from pathlib import Path

import pytest

LAB = """schema = 1
id = "tiny-git"
title = "A tiny repository"
summary = "Commit it."
minutes = 5
proves = ["TNY-01"]

[starter]
stage = "commit"
check = "commits_the_fee"
says = "nothing but the beginning"

[[stage]]
id = "commit"
title = "The commit"
subject = "repo"
repository = "1-commit"
"""

CHECKS = '''"""The only stage."""
from firsthand.lab import Repo, check, fail


@check(proves="TNY-01")
async def commits_the_fee(repo: Repo) -> None:
    """main has a second commit (brief)."""
    if len(repo.log("main")) < 2:
        fail("main has nothing but the beginning.")


@check(proves="TNY-01")
async def keeps_the_fee(repo: Repo) -> None:
    """The fee is 3 (brief)."""
    if await repo.read("fee.txt", at="main") != b"fee = 3\\n":
        fail("The fee is not 3.")
'''

REPOSITORIES = """git init --quiet 1-commit
cd 1-commit
git symbolic-ref HEAD refs/heads/main
echo 'fee = 2' > fee.txt
git add fee.txt
git commit --quiet --message 'Charge a fee of 2 euros'
echo 'fee = 3' > fee.txt
"""

ABSENT = """--- a/commit.sh
+++ b/commit.sh
@@ -1,2 +1 @@
 cd 1-commit
-git commit --quiet --all --message 'Charge 3 euros'
"""

WRONG = """--- a/commit.sh
+++ b/commit.sh
@@ -1,2 +1,3 @@
 cd 1-commit
+echo 'fee = 4' > fee.txt
 git commit --quiet --all --message 'Charge 3 euros'
"""

BROKEN = """--- a/commit.sh
+++ b/commit.sh
@@ -1,2 +1,3 @@
 cd 1-commit
+false
 git commit --quiet --all --message 'Charge 3 euros'
"""


@pytest.fixture
def shop(place):
    """The place of a learner who can begin `tiny-git`."""
    files = {
        "lab.toml": LAB,
        "stages/01-commit/brief.md": "Commit it.\n",
        "stages/01-commit/checks.py": CHECKS,
        "stages/01-commit/hints.toml": 'commits_the_fee = ["git commit"]\nkeeps_the_fee = ["3"]\n',
        "starters/git/repositories.sh": REPOSITORIES,
        "solutions/git/commit.sh": "cd 1-commit\ngit commit --quiet --all --message 'Charge 3 euros'\n",
        "solutions/git-more/commit.sh": "cd 1-commit\ngit add .\ngit commit --quiet --message 'Charge more'\n",
        "bugs/git/commits_the_fee--absent-commit.patch": ABSENT,
        "bugs/git/keeps_the_fee--four.patch": WRONG,
    }
    for name, text in files.items():
        file = place.lab.parent / "tiny-git" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return place


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=Lea", "-c", "user.email=lea@example.test")
    return subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_begin_makes_the_repository_and_check_judges_it(shop) -> None:
    begun = shop.call("begin", "tiny-git")
    assert begun.code == 0, begun.err
    folder = shop.folder / "tiny-git"
    assert {p.name for p in folder.iterdir()} == {"1-commit", "README.md", "firsthand.toml", ".gitignore"}
    assert "/1-commit/" in (folder / ".gitignore").read_text()
    readme = (folder / "README.md").read_text()
    assert "checks your repositories" in readme
    assert "starts" not in readme.partition("## Stage")[0]
    assert git(folder / "1-commit", "log", "--format=%an %s") == "Ada Charge a fee of 2 euros\n"

    failed = shop.call("check", "tiny-git")
    assert failed.code == 1
    short = git(folder / "1-commit", "rev-parse", "--short", "main").strip()
    assert f"* {short} (HEAD -> main) Charge a fee of 2 euros" in failed.out
    assert "See it yourself, in your workspace:\n      git -C 1-commit log --oneline --graph main" in failed.out
    assert "--keep" not in failed.out
    assert "trace" not in failed.out

    git(folder / "1-commit", "commit", "--quiet", "--all", "--message", "Charge 3 euros")
    passed = shop.call("check", cwd=folder / "1-commit")
    assert passed.code == 0, passed.out


def test_a_repository_that_is_gone_is_nothing_to_judge(shop) -> None:
    shop.call("begin", "tiny-git")
    (shop.folder / "tiny-git" / "1-commit").rename(shop.folder / "tiny-git" / "renamed")
    done = shop.call("check", "tiny-git")
    assert done.code == 3
    assert "1 The commit · nothing to judge" in done.out
    assert "There is no Git repository in the folder 1-commit." in done.out


def test_begin_warns_inside_another_repository_and_leaves_it_alone(shop) -> None:
    git(shop.folder, "init", "--quiet")
    begun = shop.call("begin", "tiny-git", "work")
    assert begun.code == 0
    assert "The folder lies in a Git repository of yours." in begun.out
    git(shop.folder, "add", ".")
    tracked = git(shop.folder, "ls-files").split()
    assert "work/README.md" in tracked
    assert not [name for name in tracked if name.startswith("work/1-commit")]
    assert shop.call("check", "work").code == 1


def test_without_git_begin_says_how_to_get_it_and_makes_nothing(shop, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = shop.call("begin", "tiny-git", env={"PATH": str(tmp_path / "empty")})
    assert done.code == 4
    assert "git is not on this machine.\nInstall git" in done.err
    assert not (shop.folder / "tiny-git").exists()


def test_nothing_of_it_can_be_started(shop) -> None:
    shop.call("begin", "tiny-git")
    done = shop.call("run", "tiny-git")
    assert done.code == 2
    assert "tiny-git is about Git repositories: nothing of it runs." in done.err


def test_its_solution_is_scripts_to_be_read(shop) -> None:
    shown = shop.call("solution", "tiny-git", "--give-up")
    assert "git commit --quiet --all --message 'Charge 3 euros'" in shown.out


def test_it_is_proved_by_running_the_scripts(shop) -> None:
    done = shop.call("author", "prove", "tiny-git", "--repeat", "2")
    assert done.code == 0, done.out
    assert "Proved: 1 lab, 2 checks, 2 bugs, 10 runs, 0 flakes" in done.out


def test_a_script_that_fails_is_told_as_what_it_is(shop) -> None:
    (shop.lab.parent / "tiny-git/bugs/git/keeps_the_fee--broken.patch").write_text(BROKEN)
    done = shop.call("author", "prove", "tiny-git", "--bug", "keeps_the_fee--broken")
    assert done.code == 1
    assert "The bug keeps_the_fee--broken (git) cannot be made: The script ended with 1" in done.out


def test_the_linter_asks_for_the_script_that_makes_the_repository(shop) -> None:
    (shop.lab.parent / "tiny-git/starters/git/repositories.sh").rename(
        shop.lab.parent / "tiny-git/starters/git/other.sh"
    )
    done = shop.call("author", "lint", "--no-run")
    assert done.code == 1
    assert "There is no repositories.sh, and the lab is about them." in done.out


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        ('repository = "1-commit"\n', "", "repository"),
        ('repository = "1-commit"', 'repository = "../mine"', "repository"),
        ('subject = "repo"', 'subject = "config"', "Only a stage with the subject repo names a repository."),
    ],
)
def test_a_stage_says_which_repository_it_judges(shop, line: str, instead: str, told: str) -> None:
    file = shop.lab.parent / "tiny-git/lab.toml"
    file.write_text(LAB.replace(line, instead))
    done = shop.call("author", "lint", "--no-run")
    assert done.code == 1
    assert told in done.out
