"""What there is, is counted unit by unit, and all lessons are found, whatever is still to be mended."""

import shutil

import pytest
from build_cases import GOOD

from firsthand.content.inventory import Counts, inventory, lessons_in


@pytest.fixture
def roots(tmp_path):
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    return [tmp_path / "main", tmp_path / "company"]


def test_a_path_and_its_units_are_counted_in_order_of_study(roots):
    found = inventory(roots)

    assert [each.unit for each in found] == ["", "net", "web", "pay"]
    assert found[0] == Counts("", "A small path", lessons=1, questions=0, courses=0, labs=0, minutes=3)
    net = found[1]
    assert (net.lessons, net.labs, net.minutes) == (2, 1, 15)
    assert net.questions >= 1
    assert net.courses >= 1


def test_lessons_are_found_with_the_path_that_they_belong_to_even_of_a_unit_that_another_root_adds(roots):
    added = roots[1] / "inhouse/units/pay/lessons/00-overview.md"
    added.parent.mkdir()
    added.write_text('+++\ntitle = "Pay"\nminutes = 5\nteaches = []\n+++\n')

    found = [(lesson.id, folder) for lesson, folder in lessons_in(roots)]

    home = roots[0] / "small"
    assert found == [(name, home) for name in ("small/what-this-is", "net/overview", "net/sockets", "pay/overview")]


def test_mistakes_keep_nothing_else_from_being_counted(roots):
    unit = roots[0] / "small/units/net"
    (unit / "questions.toml").write_text("not TOML\n")
    (unit / "lessons/00-overview.md").write_text("no front matter\n")

    net = inventory(roots)[1]

    assert (net.lessons, net.questions, net.labs) == (1, 0, 1)
    assert len(lessons_in(roots)) == 2
