"""Beginning a lab and reading about it: labs, begin, brief, lesson."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from firsthand.study import languages


def test_labs_tells_what_there_is_and_where_one_stands(place) -> None:
    done = place.call("labs")
    assert done.code == 0
    (row,) = [line for line in done.out.splitlines() if line.startswith("tiny-greeting")]
    for cell in ("A tiny greeting", "TNY-01", "1 h 30 min", "php, python", "not begun"):
        assert cell in row
    place.history().append("run", {"lab": "tiny-greeting", "stages_passed": ["greets"], "whole": False})
    assert "1 of 2 stages" in place.call("labs").out
    place.history().append("run", {"lab": "tiny-greeting", "stages_passed": ["greets", "counts"], "whole": True})
    assert "✓ passed" in place.call("labs").out


def test_begin_makes_a_workspace_that_has_everything(place) -> None:
    done = place.call("begin", "tiny-greeting", "--lang", "python")
    assert done.code == 0, done.err
    folder = place.folder / "tiny-greeting"
    names = {p.name for p in folder.iterdir()}
    assert names == {"Procfile", "server.py", "README.md", "firsthand.toml", ".gitignore"}
    readme = (folder / "README.md").read_text()
    assert "Answer every request with `hello`." in readme
    assert "## Stage 2 of 2: The counter" in readme
    assert "### In detail" in readme
    assert "\n# no heading" in readme
    assert "# Counting" not in readme
    assert "__pycache__/" in (folder / ".gitignore").read_text()
    (event,) = place.history().read()
    assert event.data == {"lab": "tiny-greeting", "language": "python", "folder": str(folder)}
    assert [p.name for p in place.folder.iterdir()] == ["tiny-greeting"]


def test_begin_hands_out_what_a_lab_gives_in_every_language(place) -> None:
    (lab,) = place.content.rglob("tiny-greeting")
    (lab / "given" / "sql").mkdir(parents=True)
    (lab / "given" / "sql" / "schema.sql").write_text("CREATE TABLE t ();")
    for language in ("python", "php"):
        assert place.call("begin", "tiny-greeting", language, "--lang", language).code == 0
        assert (place.folder / language / "given" / "sql" / "schema.sql").read_text() == "CREATE TABLE t ();"


def test_the_commands_of_the_readme_and_of_begin_work_where_they_are_read(place) -> None:
    done = place.call("begin", "tiny-greeting", "deep/er", "--lang", "python")
    workspace = place.folder / "deep" / "er"
    readme = (workspace / "README.md").read_text()
    (in_readme,) = [row.partition("#")[0] for row in readme.splitlines() if "shows the brief" in row]
    (from_begin,) = [row.partition("  stage 1")[0] for row in done.out.splitlines() if "stage 1:" in row]
    for command, cwd in ((in_readme, workspace), (from_begin, place.folder)):
        shown = subprocess.run(["/bin/sh", "-c", command], cwd=cwd, env=place.env, capture_output=True, text=True)
        assert shown.stdout.startswith("# Stage 1 of 2: The greeting"), shown.stderr


def test_a_program_that_is_a_command_is_not_offered_to_be_run(place) -> None:
    (lab,) = place.content.rglob("tiny-greeting")
    text = (lab / "lab.toml").read_text()
    (lab / "lab.toml").write_text("\n".join(row for row in text.splitlines() if not row.startswith("PORT")))
    assert place.call("begin", "tiny-greeting", "here", "--lang", "python").code == 0
    readme = (place.folder / "here" / "README.md").read_text()
    assert "explains the first thing that is wrong" in readme
    assert "for you to try" not in readme
    assert "what was said to" not in readme
    done = place.call("run", "here")
    assert done.code == 2
    assert "The program of tiny-greeting is a command" in done.err
    assert "Call it yourself in the terminal" in done.err


def test_the_language_is_remembered(place) -> None:
    assert place.call("begin", "tiny-greeting", "one", "--lang", "PHP").code == 0
    assert place.call("begin", "tiny-greeting", "two").code == 0
    assert (place.folder / "two" / "index.php").is_file()


def test_without_a_language_one_whose_tools_are_here_is_chosen_and_the_others_are_named(place) -> None:
    done = place.call("begin", "tiny-greeting")
    assert done.code == 0
    assert "in Python" in done.out
    assert "There are starters in PHP too: --lang chooses." in done.out


def test_a_missing_tool_is_told(place, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = place.call("begin", "tiny-greeting", "--lang", "php", env={"PATH": str(tmp_path / "empty")})
    assert done.code == 0
    assert "php is not on this machine's PATH" in done.out
    assert "doctor" in done.out


def test_an_empty_folder_is_filled_even_when_one_stands_in_it(place) -> None:
    here = place.folder / "empty"
    here.mkdir()
    before = here.stat().st_ino
    assert place.call("begin", "tiny-greeting", ".", "--lang", "python", cwd=here).code == 0
    assert here.stat().st_ino == before
    assert place.call("brief", cwd=here).code == 0


def test_a_folder_that_holds_something_is_refused_and_not_touched(place) -> None:
    full = place.folder / "full"
    full.mkdir()
    (full / "mine.txt").write_text("precious")
    done = place.call("begin", "tiny-greeting", "full")
    assert done.code == 2
    assert "The folder full is not empty; nothing in it was touched." in done.err
    assert [(p.name, p.read_text()) for p in full.iterdir()] == [("mine.txt", "precious")]
    assert list(place.history().read()) == []


def test_a_workspace_is_not_begun_twice(place) -> None:
    place.workspace()
    done = place.call("begin", "tiny-greeting")
    assert done.code == 2
    assert "is a workspace already" in done.err


def test_a_file_in_the_way_is_told(place) -> None:
    (place.folder / "file").write_text("")
    done = place.call("begin", "tiny-greeting", "file")
    assert done.code == 2
    assert "is not a folder" in done.err


def test_read_only_content_becomes_a_writable_workspace(place) -> None:
    for path in place.content.rglob("*"):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        assert place.call("begin", "tiny-greeting", "--lang", "python").code == 0
    finally:
        for path in place.content.rglob("*"):
            path.chmod(path.stat().st_mode | 0o200)
    assert all(p.stat().st_mode & 0o200 for p in (place.folder / "tiny-greeting").iterdir())


def test_a_place_that_cannot_be_written_is_told(place) -> None:
    (place.folder / "file").write_text("")
    done = place.call("begin", "tiny-greeting", "file/below")
    assert done.code == 2
    assert "The workspace file/below cannot be made" in done.err


def test_an_unknown_lab_or_language_is_told_with_what_there_is(place) -> None:
    done = place.call("begin", "tiny-greetings")
    assert done.code == 2
    assert "Did you mean tiny-greeting?" in done.err
    done = place.call("begin", "tiny-greeting", "--lang", "cobol")
    assert done.code == 2
    assert "There are: php, python." in done.err
    assert list(place.folder.iterdir()) == []


def test_brief_shows_the_first_stage_that_was_not_passed_here(place) -> None:
    workspace = place.workspace()
    assert place.call("brief", cwd=workspace).out.startswith("# Stage 1 of 2: The greeting\n\nAnswer every")
    passed = {"lab": "tiny-greeting", "folder": str(workspace), "stages_passed": ["greets"]}
    place.history().append("run", passed)
    assert place.call("brief", cwd=workspace).out == "# Stage 2 of 2: The counter\n\nAnswer /N with N + 1.\n"
    assert place.call("brief", "1", cwd=workspace).out.startswith("# Stage 1")
    assert place.call("brief", "--workspace", str(workspace)).out.startswith("# Stage 2")
    assert place.call("brief", "greets", "--lab", "tiny-greeting").out.startswith("# Stage 1")


def test_an_unknown_stage_is_told_with_those_there_are(place) -> None:
    done = place.call("brief", "greats", "--lab", "tiny-greeting")
    assert done.code == 2
    assert "Did you mean greets? Its stages: 1 greets, 2 counts." in done.err


def test_lessons_are_listed_and_shown(place) -> None:
    done = place.call("lesson")
    assert "tny/greeting  How to greet  5 min · TNY-01" in done.out
    assert place.call("lesson", "tny/greeting").out == "# How to greet\n\nSay **hello**.\n"
    assert place.call("lesson", "greeting").out.startswith("# How to greet")
    done = place.call("lesson", "tny/greting")
    assert done.code == 2
    assert "Did you mean tny/greeting?" in done.err


def test_content_folders_are_named_by_option_and_named_again_in_commands(place, tmp_path: Path) -> None:
    env = {"FIRSTHAND_CONTENT": ""}
    done = place.call("--content", "../content", "labs", env=env)
    assert "tiny-greeting" in done.out
    assert "--content ../content begin" in done.out
    done = place.call("--content", "nowhere", "labs", env=env)
    assert done.code == 2
    assert "nowhere" in done.err


def test_the_history_being_damaged_costs_only_what_it_knew(place) -> None:
    (place.home / "data").mkdir(parents=True)
    (place.home / "data" / "history.sqlite3").write_bytes(b"not a database" * 500)
    done = place.call("labs")
    assert done.code == 0
    assert "tiny-greeting" in done.out
    assert "note: The history" in done.err
    done = place.call("begin", "tiny-greeting", "--lang", "python")
    assert done.code == 0
    assert "Nothing is lost" in done.err
    (place.home / "data" / "history.sqlite3").unlink()
    assert place.kinds() == ["began"]


def test_export_writes_the_history_or_says_why_not(place) -> None:
    event = place.history()
    (place.home / "data").mkdir(parents=True)
    event.append("began", {"lab": "tiny-greeting", "language": "python", "folder": "/w"})
    assert '"kind":"began"' in place.call("history", "export").out
    done = place.call("history", "export", "out.jsonl")
    assert done.out == "1 events written to out.jsonl.\n"
    assert (place.folder / "out.jsonl").read_text().count("\n") == 1
    done = place.call("history", "export", "no/such/folder.jsonl")
    assert done.code == 2
    with closing(sqlite3.connect(place.home / "data" / "history.sqlite3")) as database:
        database.execute("PRAGMA user_version = 99")
    done = place.call("history", "export")
    assert done.code == 4
    assert "newer Firsthand" in done.err


def test_names_of_languages_are_understood() -> None:
    assert languages.canonical("JS") == "javascript"
    assert languages.canonical("golang") == "go"
    assert languages.language("brainfog").missing() == ()


def test_a_framework_is_named_with_its_language_which_stands_for_it_where_it_is_missing() -> None:
    flask, python = languages.language("flask"), languages.language("python")
    assert flask.name == "Flask (Python)"
    assert (flask.tools, flask.ignored) == (python.tools, python.ignored)
    assert languages.preferred(("javascript", "python"), before="flask") == "python"
    assert languages.preferred(("flask", "python"), before="flask") == "flask"


def test_begin_says_which_kit_a_framework_needs(place) -> None:
    (lab,) = place.content.rglob("tiny-greeting")
    shutil.copytree(lab / "starters" / "python", lab / "starters" / "flask")
    kit = lab.parents[3] / "kits" / "python"
    kit.mkdir(parents=True)
    (kit / "requirements.in").write_text("flask\n")
    (kit / "requirements.txt").write_text("# nothing of any kind\n")
    done = place.call("begin", "tiny-greeting", "one", "--lang", "flask")
    assert "A tiny greeting, in Flask (Python)" in done.out
    assert "flask for python are not installed yet" in done.out
    assert "kits install python" in done.out
    assert "flask" in place.call("doctor").out.partition("Kits")[2]
    plain = place.call("begin", "tiny-greeting", "two", "--lang", "python").out
    assert "kits install" not in plain


def test_completion_scripts_are_printed_and_complete_labs_and_stages(place) -> None:
    for shell in ("bash", "zsh", "fish"):
        done = place.call("completion", shell)
        assert done.code == 0
        assert "_FIRSTHAND_COMPLETE" in done.out
    asked = {"_FIRSTHAND_COMPLETE": "bash_complete", "COMP_WORDS": "firsthand begin tiny", "COMP_CWORD": "2"}
    assert place.call(env=asked).out == "plain,tiny-greeting\n"
    asked = {**asked, "COMP_WORDS": "firsthand check --lab tiny-greeting --stage c", "COMP_CWORD": "5"}
    assert place.call(env=asked).out == "plain,counts\n"
    asked = {**asked, "COMP_WORDS": "firsthand lesson tny", "COMP_CWORD": "2"}
    assert place.call(env=asked).out == "plain,tny/greeting\n"
    asked = {**asked, "COMP_WORDS": "firsthand hint say", "COMP_CWORD": "2"}
    assert place.call(env=asked, cwd=place.workspace()).out == "plain,says_hello\n"
