"""The page that shows the wire of a run: the diagram, its messages, what is too much, and what is not there."""

import json
import re

import pytest
from kept_runs import KeptRuns, Talk, failed_check, passed_check, stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(home, small_content) -> KeptRuns:
    return KeptRuns(home)


@pytest.fixture
def page(client):
    def show(address: str, status: int = 200, **headers: str) -> str:
        answer = client.get(address, headers=headers)
        assert answer.status_code == status
        return answer.content.decode()

    return show


def rows_of(page: str) -> int:
    return len(re.findall(r'<li class="row', page))


def test_an_exchange_is_an_arrow_from_the_checks_to_the_program_with_words_for_who_cannot_see_it(kept, page) -> None:
    run = kept.write(stage("greets", passed_check()), records=Talk().get("/items").records)

    shown = page(f"/run/{run}/wire/")

    assert "checks to web: " in shown
    assert "GET /items" in shown
    assert "→ 200" in shown
    assert 'class="arrow right s1 e2"' in shown


def test_what_a_program_asks_its_servers_lies_within_what_it_was_asked(kept, page) -> None:
    talk = Talk().get("/items", then=lambda now: now.ask_redis("GET", "items"))
    run = kept.write(stage("greets", passed_check()), records=talk.records)

    shown = page(f"/run/{run}/wire/")

    asked, inner, answered = (shown.index(w) for w in ("checks to web", "web to redis", "checks is answered by web"))
    assert asked < inner < answered
    assert '<i class="bar k2">' in shown
    assert 'class="head program h2">web' in shown
    assert 'class="head beyond h3">redis' in shown


def test_a_run_opens_at_the_check_that_failed_and_ends_in_why(kept, page) -> None:
    talk = Talk().get("/fine").of("greets", "bad_one").get("/wrong", "500 Oh")
    run = kept.write(
        stage("greets", passed_check(), failed_check("bad_one", message="It was 500.")), records=talk.records
    )

    shown = page(f"/run/{run}/wire/")

    assert "GET /wrong" in shown
    assert "GET /fine" not in shown
    assert "✗ It was 500." in shown
    assert 'class="row say whole bad"' in shown


def test_checks_stand_in_the_order_of_their_file_though_a_run_shuffles_them(kept, page) -> None:
    talk = (
        Talk().of("greets", "last").get("/three").of("greets", "first").get("/one").of("greets", "second").get("/two")
    )
    run = kept.write(stage("greets", *map(passed_check, ("first", "second", "last"))), records=talk.records)

    shown = page(f"/run/{run}/wire/")

    first, second, last = (shown.index(f"?check={name}") for name in ("first", "second", "last"))
    assert first < second < last
    assert "GET /one" in shown
    assert "GET /three" not in shown


def test_faults_and_silence_are_said(kept, page) -> None:
    talk = Talk().fault("new connections are refused", "redis").wait(2.5).get("/")
    run = kept.write(stage("greets", passed_check()), records=talk.records)

    shown = page(f"/run/{run}/wire/")

    assert "new connections are refused" in shown
    assert 'class="row fault"' in shown
    assert "2.50 s of silence" in shown


def test_what_repeats_is_one_frame_and_opens_on_request(kept, page) -> None:
    talk = Talk()
    for _ in range(30):
        talk.get("/again", then=lambda now: now.ask_redis("PING"))
    run = kept.write(stage("greets", passed_check()), records=talk.records)

    shown = page(f"/run/{run}/wire/")
    assert "30 times" in shown
    assert rows_of(shown) == 3

    address = re.findall(r'href="(/run/[^"]+/behind/\d+/)"', shown)[0]
    assert rows_of(page(address)) == 60
    assert "<html" not in page(address, **{"HX-Request": "true"})


def test_thousands_of_messages_make_a_page_of_bounded_size(kept, page) -> None:
    talk = Talk()
    connection = talk.open("redis", "resp")
    for number in range(3000):
        talk.ask_redis("SET", f"key-{number}", "x" * (number % 7), connection=connection)
        if number % 10 == 0:
            talk.get(f"/p{number}/{'abcdefghij'[number % 9]}")
    run = kept.write(stage("greets", passed_check()), records=talk.records)

    shown = page(f"/run/{run}/wire/")
    assert rows_of(shown) < 250
    assert len(shown) < 150_000
    assert "3000" in shown

    everything = page(f"/run/{run}/wire/?door=redis")
    assert rows_of(everything) == 200
    assert "2800 more" in everything
    assert rows_of(page(f"/run/{run}/wire/?door=redis&from=2900")) == 100


def test_only_the_check_that_is_looked_at_is_on_the_page(kept, page) -> None:
    talk = Talk()
    for number in range(40):
        talk.of("greets", f"check_{number}").get(f"/of-{number}")
    run = kept.write(stage("greets", *(passed_check(f"check_{n}") for n in range(40))), records=talk.records)

    shown = page(f"/run/{run}/wire/?check=check_7")

    assert rows_of(shown) == 1
    assert "/of-7" in shown
    assert shown.count("?check=check_") >= 40


def test_messages_are_filtered_by_door_and_by_text(kept, page) -> None:
    talk = Talk().get("/a", then=lambda now: now.ask_redis("GET", "secret-key")).get("/b")
    run = kept.write(stage("greets", passed_check()), records=talk.records)

    assert rows_of(page(f"/run/{run}/wire/?door=redis")) == 1
    assert "secret-key" in page(f"/run/{run}/wire/?q=SECRET")
    assert rows_of(page(f"/run/{run}/wire/?q=%2Fb")) == 1
    assert "Nothing found" in page(f"/run/{run}/wire/?q=nowhere")


def test_a_message_opens_decoded_and_byte_for_byte(kept, page) -> None:
    talk = Talk().get("/items", body=b'{"a": 1}')
    run = kept.write(stage("greets", passed_check()), records=talk.records)

    shown = page(f"/run/{run}/wire/step/0/")

    assert "GET /items HTTP/1.1" in shown
    assert "<dt>Host</dt>" in shown
    assert "{&quot;a&quot;: 1}" in shown
    assert "47 45 54 20 2f" in shown
    assert "GET /items HTTP/1.1\\r\\n\n" in shown
    assert "<html" not in page(f"/run/{run}/wire/step/0/", **{"HX-Request": "true"})
    assert "GET /items HTTP/1.1" in page(f"/run/{run}/wire/?step=0"), "without JavaScript a link does"


def test_what_a_program_says_is_text_and_nothing_else(kept, page) -> None:
    evil = b"<script>alert(1)</script>\x1b[31m\x00\xff"
    talk = Talk().get("/<img onerror=x>", "200 <b>", evil, door="web")
    run = kept.write(stage("greets", passed_check()), records=talk.records)

    for shown in (page(f"/run/{run}/wire/"), page(f"/run/{run}/wire/step/0/")):
        assert "<img" not in shown.replace('<img src="/static', "")
        assert "<script>alert" not in shown
        assert "\x1b" not in shown
        assert "\x00" not in shown


def test_the_wire_is_taken_away_as_packets_and_as_har(kept, client) -> None:
    run = kept.write(stage("greets", passed_check()), records=Talk().get("/items").records)

    packets = client.get(f"/run/{run}/wire.pcapng")
    har = client.get(f"/run/{run}/wire.har")

    assert packets.content[:4] == bytes.fromhex("0a0d0d0a")
    assert f'filename="{run}.pcapng"' in packets["Content-Disposition"]
    assert json.loads(har.content)["log"]["entries"][0]["request"]["url"].endswith("/items")


def test_a_wire_that_is_damaged_or_gone_is_told(kept, page, client) -> None:
    run = kept.write(stage("greets", passed_check()), records=Talk().get("/").records)
    file = kept.folder(run) / "wire/wire.jsonl"

    file.write_text('{"at": nonsense')
    assert "The recorded wire of this run is damaged" in page(f"/run/{run}/wire/")
    assert "damaged" in page(f"/run/{run}/wire/step/0/")
    assert client.get(f"/run/{run}/wire.har").status_code == 404

    file.unlink()
    assert "What was said in this run is not kept" in page(f"/run/{run}/wire/")


def test_a_run_in_which_nothing_was_said_says_so(kept, page) -> None:
    run = kept.write(stage("greets", passed_check()))

    assert "Nothing was said in this run" in page(f"/run/{run}/wire/")


@pytest.mark.parametrize(
    "address",
    [
        "/run/20261101-000000-0000/wire/",
        "/run/..%2f..%2fetc/wire/",
        "/run/nonsense/wire.pcapng",
        "/run/{run}/wire/step/99999999999999999999/",
        "/run/{run}/wire/behind/9999/",
    ],
)
def test_what_is_not_there_is_not_found(address: str, kept, page) -> None:
    run = kept.write(stage("greets", passed_check()), records=Talk().get("/").records)

    page(address.format(run=run), 404)


def test_numbers_in_addresses_may_be_anything(kept, page) -> None:
    run = kept.write(stage("greets", passed_check()), records=Talk().get("/").records)

    for odd in ("-1", "x", "9" * 30, "٣", ""):
        assert "What was said" in page(f"/run/{run}/wire/?from={odd}&step={odd}&check=says_hello")


def test_an_unreadable_report_does_not_hide_the_wire(kept, page) -> None:
    run = kept.write(stage("greets", passed_check()), records=Talk().get("/still").records)
    (kept.folder(run) / "report.json").write_text('{"schema": 99}')

    assert "GET /still" in page(f"/run/{run}/wire/")


def test_the_wire_of_a_real_run_of_the_bench_is_shown(kept_run, page) -> None:
    shown = page(f"/run/{kept_run}/wire/")

    assert "says_hello" in shown
    assert "GET /" in shown
    assert "✗" in shown
