"""A learner's Git repository: what of it is submission, what checks may ask of it, and that nothing in it ever runs."""

import asyncio
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from small_lab import SmallLab, checks_of, small_lab

from firsthand.bench.program import repositories
from firsthand.bench.submission import load, snapshot
from firsthand.content.model import REPOSITORIES_SCRIPT
from firsthand.core import limits
from firsthand.core.errors import ContentError, WorldError
from firsthand.core.results import Failure, Report
from firsthand.core.verdicts import Verdict

BEGIN = """\
git init --quiet shop
cd shop
git symbolic-ref HEAD refs/heads/main
printf 'echo $(($1 * 30))\\n' > total.sh
git add total.sh
git commit --quiet --message 'Compute a total'
git switch --quiet --create fees
printf 'echo $(($1 * 30 + 2))\\n' > total.sh
git commit --quiet --all --message 'Charge a fee

The bank wants it.'
git switch --quiet main
printf '*.log\\n!keep.log\\n' > .gitignore
git add .gitignore
git commit --quiet --message 'Ignore logs'
git merge --quiet --no-ff --message 'Take the fee in' fees
git tag --annotate --message 'First' v1
git update-ref refs/remotes/origin/main main~1
"""
"""What a lab's repositories.sh may look like."""

ONCE = '''
@check()
async def looks(repo: Repo, rng: Rng) -> None:
    """It is as asked (brief)."""
'''
HEAD = "from firsthand.lab import Repo\n"


def made(root: Path, script: str = BEGIN) -> Path:
    """A workspace with the repository that this script makes."""
    workspace = root / "workspace"
    workspace.mkdir()
    (workspace / REPOSITORIES_SCRIPT).write_text(script)
    repositories.make(workspace)
    return workspace


def lab_that(root: Path, *body: str, keys: str = 'repository = "shop"') -> SmallLab:
    lines = "".join(f"    {line}\n" for line in body)
    return small_lab(root, HEAD + ONCE + lines, subject="repo", stage_keys=keys)


def judged(root: Path, workspace: Path, *body: str) -> Report:
    return asyncio.run(lab_that(root, *body).run(workspace))


def failure_of(report: Report) -> Failure:
    failure = checks_of(report)["looks"].failure
    assert isinstance(failure, Failure), report
    return failure


def git(folder: Path, *words: str) -> str:
    """git as a learner has it, with a name and without our settings."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    named = ("-c", "user.name=Lea", "-c", "user.email=lea@example.test")
    done = subprocess.run(["git", *named, *words], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def everything_in(folder: Path) -> str:
    """A digest of all files below a folder, with their times."""
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{file} {file.stat().st_mtime_ns}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def test_checks_read_names_history_and_files(open_path: Path) -> None:
    report = judged(
        open_path,
        made(open_path),
        "tip = repo.commit('main')",
        "assert (repo.name, repo.head, repo.under_way) == ('shop', 'main', '')",
        "assert sorted(repo.branches) == ['fees', 'main', 'origin/main']",
        "assert [c.subject for c in repo.log('main')][0] == 'Take the fee in'",
        "assert {c.subject for c in repo.log('main', without=['fees'])} == {'Take the fee in', 'Ignore logs'}",
        "fee = repo.commit('fees')",
        "assert (fee.author, fee.email, fee.body) == ('Ada', 'ada@example.test', 'The bank wants it.')",
        "assert tip.is_merge and not fee.is_merge and fee.id in tip.parents and fee.when == 1767603600",
        "assert repo.contains('main', fee) and not repo.contains('fees', tip)",
        "assert repo.find('v1') == tip == repo.find('HEAD') == repo.find(tip.id[:7].upper())",
        "assert repo.find('no-such') is None and repo.find(tip.id[:3]) is None",
        "assert await repo.files('main') == ('.gitignore', 'total.sh')",
        "assert await repo.read('total.sh', at='fees') == b'echo $(($1 * 30 + 2))\\n'",
        "assert await repo.changed(fee) == ('total.sh',)",
        "assert await repo.changed(repo.commit(fee.parents[0])) == ('total.sh',)",
        "asked = ['a.log', 'in/b.log', 'keep.log', 'total.sh']",
        "assert await repo.ignored(asked, at='main') == {'a.log', 'in/b.log'}",
        "assert await repo.ignored(asked, at='fees') == set()",
        "ended = await repo.run('sh', 'total.sh', '3', at='main')",
        "assert (ended.exit_code, ended.stdout, ended.stderr) == (0, b'92\\n', b'')",
    )
    assert report.verdict is Verdict.PASSED, checks_of(report)


def test_a_failure_draws_the_graph_and_names_the_command(open_path: Path) -> None:
    failure = failure_of(judged(open_path, made(open_path), "fail('No.')"))
    assert failure.reproduce == ["git -C shop log --oneline --graph --all"]
    assert failure.detail.splitlines()[0].startswith("*   ")
    assert "(HEAD -> main, tag: v1) Take the fee in" in failure.detail


@pytest.mark.parametrize(
    ("asked", "command", "shown"),
    [
        ("await repo.read('total.sh', at='fees')", "git -C shop show fees:total.sh", "echo $(($1 * 30 + 2))"),
        ("await repo.run('sh', 'total.sh', '5', at='main')", "cd shop && sh total.sh 5", "152"),
        ("repo.show('branch', '--list')", "git -C shop branch --list", "  fees\n* main"),
        ("repo.show('no-such-command')", "git -C shop no-such-command", "is not a git command"),
    ],
)
def test_a_failure_shows_what_was_asked_last(open_path: Path, asked: str, command: str, shown: str) -> None:
    failure = failure_of(judged(open_path, made(open_path), asked, "fail('No.')"))
    assert failure.reproduce == [command]
    assert shown in failure.detail


def test_a_name_that_would_steer_a_terminal_is_shown_harmless(open_path: Path) -> None:
    workspace = made(open_path)
    (workspace / "shop" / "red\x1b[31m.txt").write_text("\x1b[2J")
    git(workspace / "shop", "add", ".")
    git(workspace / "shop", "commit", "--quiet", "--message", "Clear \x1b[2J the screen")
    asked = ("path = (await repo.files('main'))[1]", "repo.show('log', '-1', '--patch', '--', path)", "fail(path)")
    failure = failure_of(judged(open_path, workspace, *asked))
    assert "red" in failure.reproduce[0]
    assert "Clear" in failure.detail
    assert "\x1b" not in failure.message + failure.detail + failure.reproduce[0]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("repo.commit('gone')", "In the folder shop there is no branch or commit gone."),
        ("await repo.read('gone.txt', at='main')", "There is no file gone.txt in main."),
        ("await repo.run('no-such-command', at='main')", "There is no command no-such-command"),
    ],
)
def test_what_is_not_there_fails_the_check_in_words(open_path: Path, asked: str, words: str) -> None:
    report = judged(open_path, made(open_path), asked)
    assert report.verdict is Verdict.FAILED
    assert words in failure_of(report).message


def test_a_program_of_a_commit_that_does_not_end_fails_the_check(
    open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firsthand.bench.clients.git.REPOSITORY_RUN_S", 0.2)
    report = judged(open_path, made(open_path), "await repo.run('sh', '-c', 'sleep 60', at='main')")
    assert "`sh -c 'sleep 60'` did not end within" in failure_of(report).message


def test_nothing_of_the_learners_runs_and_nothing_of_theirs_is_changed(open_path: Path) -> None:
    workspace = made(open_path)
    shop, trap = workspace / "shop", open_path / "trap"
    spring = open_path / "spring.sh"
    spring.write_text(f"#!/bin/sh\necho ran >> {trap}\nexit 1\n")
    spring.chmod(0o755)
    (shop / ".gitattributes").write_text("* filter=bad diff=bad\n")
    git(shop, "add", ".gitattributes")
    git(shop, "commit", "--quiet", "--message", "Attributes")
    hooks = shop / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        shutil.copy(spring, hooks / hook)
    keys = "core.fsmonitor filter.bad.smudge filter.bad.clean diff.bad.textconv diff.bad.command diff.external"
    keys += " core.pager core.sshCommand credential.helper gpg.program core.editor"
    for key in keys.split():
        git(shop, "config", key, str(spring))
    git(shop, "config", "alias.log", f"!{spring}")
    git(shop, "config", "log.showSignature", "true")
    git(shop, "config", "include.path", str(spring))
    trap.unlink(missing_ok=True)
    before = everything_in(workspace)

    report = judged(
        open_path,
        workspace,
        "await repo.read('total.sh', at='main')",
        "await repo.changed('main')",
        "await repo.ignored(['x.log'], at='main')",
        "await repo.run('sh', 'total.sh', '1', at='main')",
        "repo.show('show', 'main')",
        "fail('No.')",
    )

    assert "Attributes" in failure_of(report).detail
    assert not trap.exists()
    assert everything_in(workspace) == before


def test_only_commits_and_names_are_submission(open_path: Path) -> None:
    workspace = made(open_path)
    shop = workspace / "shop"
    (shop / "untracked.txt").write_text("mine")
    (shop / ".git" / "info").mkdir(exist_ok=True)
    (shop / ".git" / "info" / "grafts").write_text("x")
    (shop / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (shop / ".git" / "objects" / "info" / "alternates").write_text("/")
    (shop / ".git" / "refs" / "heads" / "out").symlink_to("/etc/passwd")
    (workspace / "other" / ".git").mkdir(parents=True)
    (workspace / "other" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")

    found = [entry.path for entry in snapshot(workspace, ("shop",)).files]

    kinds = {path.split("/")[2] for path in found if path.startswith("shop/.git/")}
    assert kinds == {"HEAD", "objects", "refs"}
    assert [path for path in found if not path.startswith("shop/.git/")] == []
    assert not [path for path in found if "info" in path or path.endswith("/out")]
    assert [entry.path for entry in snapshot(workspace).files if "/.git/" in entry.path] == []


def test_a_kept_submission_is_judged_like_the_repository_itself(open_path: Path) -> None:
    workspace = made(open_path)
    snapshot(workspace, ("shop",)).save(open_path / "kept.tar.gz")
    shutil.rmtree(workspace / "shop")
    lab = lab_that(open_path, "assert repo.commit('main').subject == 'Take the fee in'")

    report = asyncio.run(lab.run(workspace, submission=load(open_path / "kept.tar.gz")))

    assert report.verdict is Verdict.PASSED


def test_a_packed_repository_is_judged_like_a_loose_one(open_path: Path) -> None:
    workspace = made(open_path)
    git(workspace / "shop", "gc", "--quiet", "--prune=now")
    body = ("assert repo.contains('main', 'fees')", "assert 'v1' not in repo.branches", "await repo.files('fees')")
    assert judged(open_path, workspace, *body).verdict is Verdict.PASSED


def test_what_is_under_way_and_where_one_stands_is_told(open_path: Path) -> None:
    workspace = made(open_path)
    shop = workspace / "shop"
    git(shop, "switch", "--quiet", "--create", "other", "main~1")
    (shop / "total.sh").write_text("echo other\n")
    git(shop, "commit", "--quiet", "--all", "--message", "Another total")
    with pytest.raises(subprocess.CalledProcessError):
        git(shop, "merge", "fees")
    body = "assert (repo.head, repo.under_way) == ('other', 'merge')"
    assert judged(open_path, workspace, body).verdict is Verdict.PASSED


def _absent(shop: Path) -> None:
    shutil.rmtree(shop / ".git")


def _a_file(shop: Path) -> None:
    (shop / ".git").rename(shop.parent / "elsewhere")
    (shop / ".git").write_text("gitdir: ../elsewhere\n")


def _a_link(shop: Path) -> None:
    (shop / ".git").rename(shop.parent / "elsewhere")
    (shop / ".git").symlink_to("../elsewhere")


def _shallow(shop: Path) -> None:
    (shop / ".git" / "shallow").write_text(git(shop, "rev-parse", "main") + "\n")


def _sha256(shop: Path) -> None:
    shutil.rmtree(shop / ".git")
    git(shop, "init", "--quiet", "--object-format=sha256")
    git(shop, "add", ".")
    git(shop, "commit", "--quiet", "--message", "All")


def _reftable(shop: Path) -> None:
    (shop / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")


def _broken(shop: Path) -> None:
    id_ = git(shop, "rev-parse", "fees")
    (shop / ".git" / "objects" / id_[:2] / id_[2:]).unlink()


def _garbled(shop: Path) -> None:
    id_ = git(shop, "rev-parse", "main")
    file = shop / ".git" / "objects" / id_[:2] / id_[2:]
    file.chmod(0o644)
    file.write_bytes(b"garbled")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_absent, "There is no Git repository in the folder shop."),
        (_a_file, "There is no Git repository in the folder shop."),
        (_a_link, "There is no Git repository in the folder shop."),
        (_shallow, "The repository shop is shallow"),
        (_sha256, "The repository shop names its commits by SHA-256"),
        (_reftable, "keeps its branches as a reftable"),
        (_broken, "git cannot read the repository shop: "),
        (_garbled, "git cannot read the repository shop: "),
    ],
)
def test_what_cannot_be_judged_is_told_and_is_nobodys_failure(open_path: Path, spoil: object, words: str) -> None:
    workspace = made(open_path)
    spoil(workspace / "shop")  # type: ignore[operator]
    report = judged(open_path, workspace, "pass")
    assert report.verdict is Verdict.INVALID
    assert words in report.reason
    assert "again in another folder" in report.reason


def test_a_repository_without_a_commit_fails_the_checks_and_no_more(open_path: Path) -> None:
    report = judged(open_path, made(open_path, "git init --quiet shop\n"), "repo.commit('main')")
    assert report.verdict is Verdict.FAILED
    assert "no branch or commit main" in failure_of(report).message


def test_too_long_a_history_is_told(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firsthand.bench.clients.repo.REPOSITORY_COMMITS_MAX", 3)
    report = judged(open_path, made(open_path), "pass")
    assert (report.verdict, report.reason) == (Verdict.INVALID, "The repository shop has more than 3 commits.")


def test_a_flood_of_loose_files_is_told_with_its_cure(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firsthand.bench.submission.walk.SUBMISSION_FILES_MAX", 5)
    report = judged(open_path, made(open_path), "pass")
    assert report.verdict is Verdict.INVALID
    assert "git -C shop gc" in failure_of_run(report).remark


def failure_of_run(report: Report) -> Failure:
    assert isinstance(report.failure, Failure)
    return report.failure


def test_without_git_the_run_says_how_to_get_it(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = made(open_path)
    monkeypatch.setenv("PATH", str(open_path))
    report = judged(open_path, workspace, "pass")
    assert report.verdict is Verdict.ERROR
    assert "git is not on this machine" in report.reason
    assert failure_of_run(report).remark.startswith("Install git")


def test_a_missing_file_beside_the_repository_is_nothing_to_judge(open_path: Path) -> None:
    keys = 'repository = "shop"\nfiles = ["answers.txt"]'
    lab = lab_that(open_path, "assert repo.text_of('answers.txt') == 'mine'", keys=keys)
    workspace = made(open_path)
    assert asyncio.run(lab.run(workspace)).reason.startswith("There is no file answers.txt.")
    (workspace / "answers.txt").write_text("mine")
    assert asyncio.run(lab.run(workspace)).verdict is Verdict.PASSED


def test_ids_are_the_same_whoever_makes_the_repository(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = git(made(open_path) / "shop", "rev-parse", "main")
    home = open_path / "home of somebody"
    home.mkdir()
    settings = (
        "[user]\nname = Lea\nemail = lea@x\n[commit]\ngpgSign = true\n[core]\nautocrlf = true\n[merge]\nff = only\n"
    )
    (home / ".gitconfig").write_text(settings)
    for name, value in {
        "HOME": str(home),
        "GIT_DIR": str(home / "elsewhere"),
        "GIT_AUTHOR_NAME": "Lea",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "TZ": "Asia/Tokyo",
    }.items():
        monkeypatch.setenv(name, value)
    (open_path / "again").mkdir()
    again = made(open_path / "again") / "shop"
    monkeypatch.delenv("GIT_DIR")
    assert git(again, "rev-parse", "main") == first


def test_a_repository_around_the_workspace_is_left_alone(open_path: Path) -> None:
    git(open_path, "init", "--quiet")
    with pytest.raises(ContentError, match="not a git repository"):
        made(open_path, "git commit --allow-empty --message 'Into somebody else'\\''s'\n")
    assert not (open_path / ".git" / "refs" / "heads" / "main").exists()


def test_a_script_that_fails_or_hangs_is_told(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = open_path / "01-fails.sh"
    script.write_text("echo gone wrong\nfalse\necho never\n")
    with pytest.raises(ContentError, match="ended with 1: gone wrong"):
        repositories.solve(open_path, open_path)
    monkeypatch.setattr(repositories, "REPOSITORIES_S", 0.1)
    script.write_text("sleep 60\n")
    with pytest.raises(WorldError, match="did not end within"):
        repositories.run_script(script, open_path)
    assert limits.REPOSITORIES_S > 1
