"""Rows in columns, piped and on terminals of any width."""

import pytest

from firsthand.cli import columns
from firsthand.cli.columns import show_columns

HEADINGS = ("no.", "name", "about", "id")
ROWS = (("1", "one", "the first of all the words that there are", "a-1"), ("10", "ten", "few words", "b-10"))


def shown(capsys, monkeypatch, width: int) -> list[str]:
    """What a terminal of this width shows; 0 for a pipe."""
    monkeypatch.setattr(columns, "fancy", lambda _stream: width > 0)
    monkeypatch.setenv("COLUMNS", str(width or 80))
    show_columns(HEADINGS, ROWS, right=("no.",), wraps=("about",), roomy=("name",), piped=("id",))
    return capsys.readouterr().out.splitlines()


def test_a_pipe_gets_every_column_aligned_and_nothing_cut(capsys, monkeypatch) -> None:
    assert shown(capsys, monkeypatch, 0) == [
        "no.  name  about                                      id",
        "  1  one   the first of all the words that there are  a-1",
        " 10  ten   few words                                  b-10",
        "",
    ]


def test_a_wide_terminal_leaves_out_what_only_programs_need(capsys, monkeypatch) -> None:
    head, _, first, *_ = shown(capsys, monkeypatch, 110)
    assert head.split() == ["no.", "name", "about"]
    assert first.rstrip() == "  1  one   the first of all the words that there are"


@pytest.mark.parametrize("width", [30, 80, 99])
def test_a_narrow_terminal_leaves_out_what_one_can_do_without(capsys, monkeypatch, width) -> None:
    lines = shown(capsys, monkeypatch, width)
    assert lines[0].split() == ["no.", "about"]
    assert all(len(line) <= width for line in lines)
    assert "few words" in "\n".join(lines)
