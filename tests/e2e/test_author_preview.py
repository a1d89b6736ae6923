"""`firsthand author preview`: pages follow their files, with findings on top; the author's own home is left alone."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, NONE, Visit, chromium
from public_command import Place
from site_process import join_the_path, site

from firsthand.bench.sandbox.sweep import remove_folder

FRONT = '+++\ntitle = "First steps"\nminutes = 5\nteaches = ["OWN-01"]\n+++\n'


@pytest.fixture
def authored() -> Iterator[tuple[Path, dict[str, str], Path]]:
    """A home, the environment with a content folder of one's own, and a lesson in it."""
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    root.chmod(0o755)
    place = join_the_path(Place(root))
    lesson = next((root / "content/own/units").iterdir()) / "lessons/01-first-steps.md"
    lesson.parent.mkdir()
    lesson.write_text(f"{FRONT}\nGo **left**.\n")
    (root / "tmp").mkdir()
    yield root / "home", {"FIRSTHAND_CONTENT": str(place.root / "content"), "TMPDIR": str(root / "tmp")}, lesson
    remove_folder(root)


def test_who_previews_sees_content_as_it_is_now_and_leaves_no_trace(authored) -> None:
    home, env, lesson = authored
    page = f"/lesson/{lesson.parents[1].name}/first-steps/"
    with site(home, "--no-open", env=env, command=("author", "preview")) as preview:
        cookie = preview.enter()
        assert "Go <strong>left</strong>." in preview.get(page, cookie=cookie).text
        lesson.write_text(f"{FRONT}\nGo **right**.\n\n```sh run\ntrue\n")
        assert "Go <strong>right</strong>." in preview.get(page, cookie=cookie).text
        told = preview.get(f"/preview/findings/?page={page}", cookie=cookie).text
        assert "never closed" in told
        code, said = preview.end()

    assert code == 0
    assert "Nothing of what you answered in it is kept." in said
    assert not (home / "data").exists()
    assert list(Path(env["TMPDIR"]).glob("firsthand-preview-*")) == []


def test_content_with_a_mistake_can_be_previewed_and_mended(authored) -> None:
    home, env, lesson = authored
    lesson.write_text("no front matter\n")
    with site(home, "--no-open", env=env, command=("author", "preview")) as preview:
        cookie = preview.enter()
        assert preview.get("/", cookie=cookie).status >= 400
        assert "has no front matter" in preview.get("/preview/findings/?page=/", cookie=cookie).text
        lesson.write_text(f"{FRONT}\nGo.\n")
        assert preview.get("/", cookie=cookie).status == 200


@pytest.mark.skipif(CHROMIUM is None, reason=NONE)
def test_an_open_page_reloads_itself_when_its_file_is_saved(authored) -> None:
    home, env, lesson = authored
    with site(home, "--no-open", env=env, command=("author", "preview")) as preview, chromium() as browser:
        visit = Visit(browser, preview, preview.enter())
        visit.page.goto(f"/lesson/{lesson.parents[1].name}/first-steps/")
        visit.page.get_by_text("Preview: no findings about this page").wait_for()
        lesson.write_text(f"{FRONT}\nGo **right**.\n")
        visit.page.get_by_text("Go right.").wait_for()

        assert visit.strangers == []
        assert visit.complaints == []
