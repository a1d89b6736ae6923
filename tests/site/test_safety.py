"""A local site is its owner's alone: links open once, other names and other pages get nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from firsthand.site import safety

ROUND_THE_CORNER = "http://127.0.0.1:3000"
"""What the learner's own program serves is another origin on the same machine."""


def test_a_link_opens_the_site_once(stranger) -> None:
    link = f"/enter/{safety.new_link()}/"

    assert stranger.get(link).status_code == 302
    assert stranger.get("/").status_code == 200
    assert Client(headers={"host": "127.0.0.1"}).get(link).status_code == 403


def test_who_is_known_may_follow_an_old_link(client) -> None:
    assert client.get("/enter/old/").status_code == 302


def test_a_link_grows_old(stranger, monkeypatch) -> None:
    link = safety.new_link()
    later = datetime.now(UTC) + timedelta(seconds=safety.LINK_AGE_MAX_S + 5)
    monkeypatch.setattr(signing.time, "time", later.timestamp)

    assert stranger.get(f"/enter/{link}/").status_code == 403


@pytest.mark.parametrize(
    "made",
    [lambda: "x", lambda: "x:y:z", lambda: safety.new_link()[:-2], lambda: signing.dumps(["a", "b"], salt="other")],
    ids=["a letter", "of three parts", "cut off", "for something else"],
)
def test_a_link_that_is_not_ours_opens_nothing(made: Callable[[], str], stranger) -> None:
    link = made()
    assert stranger.get(f"/enter/{link}/").status_code == 403
    assert stranger.get("/").status_code == 403


def test_a_link_is_good_only_for_the_process_it_was_made_for(stranger) -> None:
    assert stranger.get(f"/enter/{safety.new_link('another start')}/").status_code == 403


def test_who_only_looks_ahead_does_not_use_a_link_up(stranger) -> None:
    link = f"/enter/{safety.new_link()}/"

    assert stranger.get(link, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    assert stranger.get(link).status_code == 302


def test_a_link_is_told_to_nobody(stranger) -> None:
    answer = stranger.get(f"/enter/{safety.new_link()}/")

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Location"] == "/"


def test_links_are_remembered_in_bounds(stranger, monkeypatch) -> None:
    monkeypatch.setattr(safety, "LINKS_REMEMBERED_MAX", 3)
    for _ in range(5):
        Client(headers={"host": "127.0.0.1"}).get(f"/enter/{safety.new_link()}/")

    assert len(safety._used) <= 3


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1:3000", "127.0.0.1.evil.test", "192.168.0.7", "[::2]", "a b"])
def test_a_name_that_was_made_to_lead_here_is_refused(host: str, client) -> None:
    answer = client.get("/", headers={"host": host})

    assert answer.status_code == 421
    assert "text/plain" in answer.headers["Content-Type"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "localhost:80"])
def test_our_own_names_are_answered(host: str, client) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ROUND_THE_CORNER},
        {"Origin": "null"},
        {"Origin": "http://evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_a_form_on_another_page_changes_nothing(headers: dict[str, str], client) -> None:
    assert client.post("/theme/", headers=headers).status_code == 421


def test_our_own_form_is_taken(client) -> None:
    own = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/theme/", headers=own).status_code == 302


def test_a_form_without_our_token_is_refused(home) -> None:
    browser = Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True)
    browser.get(f"/enter/{safety.new_link()}/")

    answer = browser.post("/theme/")
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.content.decode()


def test_another_page_may_lead_here_and_not_read(client) -> None:
    elsewhere = {"Sec-Fetch-Site": "same-site"}

    assert client.get("/", headers={**elsewhere, "Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert client.get("/", headers={**elsewhere, "Sec-Fetch-Mode": "no-cors"}).status_code == 421


@pytest.mark.django_db
def test_every_answer_says_what_a_browser_may_do_with_it(client, stranger) -> None:
    file = client.get("/static/site/site.css")
    file.close()
    for answer in (client.get("/"), stranger.get("/"), client.get("/nowhere/"), file):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_session_is_for_this_site_alone(stranger) -> None:
    answer = stranger.get(f"/enter/{safety.new_link()}/")
    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert settings.HOME_NAME in settings.SESSION_COOKIE_NAME
    assert settings.HOME_NAME in settings.CSRF_COOKIE_NAME


def test_a_cookie_that_was_made_up_opens_nothing(stranger) -> None:
    stranger.cookies[settings.SESSION_COOKIE_NAME] = signing.dumps({"owner": True}, key="guessed")

    assert stranger.get("/").status_code == 403


def test_five_megabytes_in_a_field_are_answered_in_words(home) -> None:
    browser = Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True)
    browser.get(f"/enter/{safety.new_link()}/")
    browser.get("/")

    form = "text=" + "x" * 5_000_000
    answer = browser.generic("POST", "/theme/", form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "what you wrote is still there" in answer.content.decode()


@pytest.mark.parametrize("address", ["/nowhere/", "/unit/nowhere/", "/lesson/net/nothing/", "/%00/", "/%F0%9F%A6%80/"])
def test_what_is_not_there_is_said_on_a_page(address: str, client) -> None:
    answer = client.get(address)

    assert answer.status_code == 404
    assert "<h1>" in answer.content.decode()


def test_the_token_opens_the_interface_for_programs_and_no_page(stranger) -> None:
    word = {"Authorization": f"Bearer {safety.token()}"}

    assert stranger.get("/api/v1/openapi.json", headers=word).status_code == 200
    assert json.loads(stranger.get("/api/v1/openapi.json", headers=word).content)["info"]["title"] == "Firsthand"
    assert stranger.get("/", headers=word).status_code == 403
    assert stranger.get("/api/v1/openapi.json", headers={"Authorization": "Bearer x"}).status_code == 401
