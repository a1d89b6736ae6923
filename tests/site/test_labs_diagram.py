"""The diagram of a check: lifelines, who asked whom, what is folded, where time passed."""

from firsthand.site.labs.diagram import LANES_MAX, SCENES_ROWS_MAX, diagram, each, lanes, members, split
from firsthand.site.labs.hexed import hex_rows, raw_text
from firsthand.site.labs.strip import BUCKETS, WIDTH, strip
from firsthand.site.labs.wire import Scope
from firsthand.study.steps import Step

BEYOND = {"postgres", "redis", "alpha"}


def step(at: float, ended: float, door: str = "web", text: str = "GET /  → 200", *, number: int = 0, **more) -> Step:
    shape = more.pop("shape", text.partition(" →")[0].strip())
    return Step(at, ended, more.pop("kind", "exchange"), door, text, shape, number=number, **more)


def names(shown) -> list[tuple[str, str]]:
    return [(lane.name, lane.role) for lane in shown.all]


def test_checks_stand_left_the_program_in_the_middle_and_servers_right() -> None:
    shown = lanes(["redis", "web", "alpha", "worker"], BEYOND)

    assert names(shown) == [
        ("checks", "checks"),
        ("web", "program"),
        ("worker", "program"),
        ("redis", "beyond"),
        ("alpha", "beyond"),
    ]
    assert [lane.column for lane in shown.all] == [1, 2, 3, 4, 5]


def test_a_program_that_nobody_speaks_to_is_there_all_the_same() -> None:
    assert names(lanes(["redis"], BEYOND))[1] == ("your program", "program")
    assert len(lanes([], BEYOND).all) == 2


def test_many_copies_of_a_process_share_a_lifeline() -> None:
    few, many = lanes(["web", "web.2"], BEYOND), lanes(["web", *(f"web.{n}" for n in range(2, 30))], BEYOND)

    assert [lane.name for lane in few.all] == ["checks", "web", "web.2"]
    assert [lane.name for lane in many.all] == ["checks", "web"]
    assert many.of("web.17").name == "web"


def test_there_are_no_more_lifelines_than_columns() -> None:
    assert len(lanes([f"p{n}" for n in range(50)], BEYOND).all) == LANES_MAX


def test_a_server_is_asked_by_the_process_in_whose_answer_it_lies() -> None:
    shown, rows = diagram([step(0, 0.03, "web.2"), step(0.01, 0.02, "redis", "GET k  → v"), step(0.04, 0.05)], BEYOND)

    asked, inner, answered, *_ = rows
    assert (asked.asker, asked.door, asked.whole) == ("checks", "web.2", False)
    assert (inner.asker, inner.door) == ("web.2", "redis")
    assert inner.busy == (shown.of("web.2").column,)
    assert (answered.kind, answered.text, answered.took_s) == ("back", "200", 0.03)


def test_a_question_and_its_answer_are_told_apart() -> None:
    assert split("GET /a  → 200") == ("GET /a", "200")
    assert split("SELECT '→ x'  → 1 row") == ("SELECT '→ x'", "1 row")
    assert split("  → empty") == ("(an empty one)", "empty")
    assert split("a remark") == ("a remark", "")


def test_silence_is_folded_and_short_waits_move_rows_apart() -> None:
    _, rows = diagram([step(0, 0.01), step(0.03, 0.04, text="POST /  → 201"), step(5, 6, text="PUT /  → 204")], BEYOND)

    assert [row.kind for row in rows] == ["say", "say", "gap", "say"]
    assert rows[1].pause == 1
    assert rows[2].took_s == 4.96


def test_a_busy_crowd_is_folded_by_shape_with_copies_on_one_lifeline() -> None:
    crowd = []
    for n in range(SCENES_ROWS_MAX + 1):  # each scene is another one, by the commands within it
        at, door = n / 10, f"web.{n % 3 + 1}"
        crowd.append(step(at, at + 0.09, door, f"GET /{n}  → 200", shape="GET /*", number=8 * n, connection=n))
        for k in range(7):
            word = "GET" if n >> k & 1 else "SET"
            began = at + 0.01 * (k + 1)
            crowd.append(step(began, began + 0.001, "redis", f"{word} {n}  → 1", shape=word, number=8 * n + k + 1))

    shown, rows = diagram(crowd, BEYOND)

    assert len(rows) <= SCENES_ROWS_MAX
    assert [lane.name for lane in shown.all] == ["checks", "web", "redis"]
    assert sum(row.count for row in rows if row.kind != "gap") == len(crowd)
    assert any(row.copy == "web.2" for row in rows)
    folded = next(row for row in rows if row.count > 1)
    assert len(members(crowd, folded.number)) == folded.count


def test_what_is_behind_a_loop_is_all_of_it() -> None:
    repeated = [
        one
        for n in range(20)
        for one in (step(n, n + 0.003, number=2 * n), step(n + 0.001, n + 0.002, "redis", number=2 * n + 1))
    ]
    shown, rows = diagram(repeated, BEYOND)

    assert [(row.kind, row.count) for row in rows] == [("loop", 20)]
    assert [row.kind for row in rows[0].inner] == ["say", "say", "back"]
    assert members(repeated, rows[0].number) == repeated
    assert len([row for row in each(repeated, shown) if row.kind == "say"]) == 40
    assert members(repeated, 7) == []


def test_the_strip_has_a_block_for_each_check_and_marks_faults() -> None:
    one = Scope("a", "s", (step(0, 1), step(1, 1, "redis", "cut", kind="fault")), 2, None)
    other = Scope("b", "s", (step(5, 10),), 1, None)

    shown = strip([one, other])

    assert shown is not None
    assert [(block.x, block.width) for block in shown.blocks] == [(0, WIDTH // 10), (WIDTH // 2, WIDTH // 2)]
    assert shown.faults == (WIDTH // 10,)
    assert len(shown.bars) <= BUCKETS
    assert strip([]) is None


def test_bytes_are_shown_in_rows_and_as_text() -> None:
    data = bytes(range(20))

    assert [row.offset for row in hex_rows(data)] == ["0000", "0010"]
    assert hex_rows(b"A\x00\xff")[0].digits == "41 00 ff"
    assert hex_rows(b"A\x00\xff")[0].characters == "A··"
    assert raw_text(b"a\r\n\x1b\xff") == "a\\r\\n\n\\x1b\\xff"
