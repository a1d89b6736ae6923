"""Steps as scenes: what led to what, and what repeats."""

from firsthand.study.scenes import loops, scenes
from firsthand.study.steps import Step


def step(at: float, ended: float, door: str = "web", text: str = "GET /", **more) -> Step:
    return Step(at, ended, more.pop("kind", "exchange"), door, text, more.pop("shape", text), **more)


def tree(scene) -> object:
    return (scene.step.door, [tree(inner) for inner in scene.inner])


def test_what_lies_within_an_exchange_of_another_door_belongs_to_it() -> None:
    found = scenes([step(0, 10), step(1, 5, "nginx"), step(2, 3, "redis"), step(6, 7, "redis"), step(11, 12)])

    assert [tree(scene) for scene in found] == [
        ("web", [("nginx", [("redis", [])]), ("redis", [])]),
        ("web", []),
    ]


def test_two_requests_of_one_door_side_by_side_do_not_contain_each_other() -> None:
    found = scenes([step(0, 10, "web"), step(1, 2, "web.2"), step(1.5, 1.6, "redis")])

    assert [tree(scene) for scene in found] == [("web", []), ("web.2", [("redis", [])])]


def test_what_ends_after_the_answer_is_not_within_it() -> None:
    assert len(scenes([step(0, 2), step(1, 3, "redis")])) == 2


def test_scenes_that_repeat_are_one_loop() -> None:
    repeated = [
        one
        for n in range(0, 60, 10)
        for one in (step(n, n + 5), step(n + 1, n + 2, "redis", f"GET k{n}", shape="GET *"))
    ]

    (loop,) = loops(repeated)

    assert len(loop.scenes) == 6
    assert loop.texts() == ["GET /", "GET *"], "what differs is told by its shape"
    assert loop.ended == 55


def test_a_loop_needs_the_same_inside() -> None:
    one = [step(0, 5), step(1, 2, "redis"), step(10, 15)]

    assert [len(loop.scenes) for loop in loops(one)] == [1, 1]


def test_a_fault_is_never_folded_and_nothing_over_it() -> None:
    found = list(loops([step(0, 1), step(2, 3), step(4, 4, "redis", "cut", kind="fault"), step(5, 6), step(7, 8)]))

    assert [len(loop.scenes) for loop in found] == [2, 1, 2]
    assert found[1].first.faulty


def test_a_fault_within_an_exchange_keeps_it_apart() -> None:
    faulty = [
        step(0, 5),
        step(1, 1, "redis", "cut", kind="fault"),
        step(10, 15),
        step(11, 11, "redis", "cut", kind="fault"),
    ]

    assert [len(loop.scenes) for loop in loops(faulty)] == [1, 1]
