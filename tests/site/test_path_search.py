"""Search and glossary: found by any word, without case and accents, and never executed."""

import pytest

from firsthand.site.path.folding import alphabetic, folded, letter_of
from firsthand.site.path.searching import Entry, Index
from firsthand.study import library


def page_of(client, address: str, **more) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == 200
    return answer.content.decode()


def entry(name: str, *, kind="lesson", more: str = "", text: str = "") -> Entry:
    return Entry(kind, name, more, text, f"/{name}/")


def names(index: Index, query: str) -> list[str]:
    return [found.entry.name for found in index.find(query)]


def test_words_are_found_without_case_and_accents_and_when_only_begun() -> None:
    index = Index([entry("Café Déjà"), entry("Other", text="a cafeteria")])

    assert names(index, "CAFE") == ["Café Déjà", "Other"]
    assert names(index, "dej") == ["Café Déjà"]
    assert names(index, "afe") == []


def test_all_words_must_be_there_in_any_order() -> None:
    index = Index([entry("one two"), entry("two"), entry("one", text="two")])
    assert names(index, "two one") == ["one two", "one"]


def test_names_stand_before_texts_and_whole_words_before_begun_ones() -> None:
    index = Index([entry("Deep", text="cache"), entry("Caches of all kinds"), entry("Cache")])
    assert names(index, "cache") == ["Cache", "Caches of all kinds", "Deep"]


def test_what_is_put_together_is_found_by_its_parts_and_whole() -> None:
    index = Index([entry("If-None-Match"), entry("HTTP/1.1"), entry("C++"), entry("NET-11")])

    assert names(index, "match") == ["If-None-Match"]
    assert names(index, "if-none") == ["If-None-Match"]
    assert names(index, "http/1.1") == ["HTTP/1.1"]
    assert names(index, "c++") == ["C++"]
    assert names(index, "net-11") == ["NET-11"]


@pytest.mark.parametrize("word", ["道路", "الطريق", "דרך", "дорога"])
def test_any_script_is_found(word) -> None:
    assert names(Index([entry(f"x {word} y")]), word) == [f"x {word} y"]


def test_a_snippet_shows_the_place_and_marks_it_escaped() -> None:
    (found,) = Index([entry("A", text=f"{'word ' * 100}<b>needle</b> & more {'word ' * 100}")]).find("needle")

    assert '&lt;b&gt;<mark class="hit">needle</mark>&lt;/b&gt; &amp; more' in found.snippet
    assert found.snippet.startswith("… ")
    assert len(found.snippet) < 400


@pytest.mark.parametrize("query", ["", "   ", "!?", "\x00", "-", "*", "%", "'; drop table"])
def test_nothing_and_nonsense_find_nothing_and_break_nothing(query) -> None:
    assert Index([entry("one")]).find(query) == []


def test_lessons_labs_courses_skills_units_and_terms_are_found(client, small_content) -> None:
    (small_content / "small/glossary").mkdir()
    (small_content / "small/glossary/way.toml").write_text('[[term]]\nterm = "way"\nmeans = "Where one walks."\n')
    library.forget()
    page = page_of(client, "/search/?q=way")

    for kind in ("lesson", "course", "skill", "unit", "term"):
        assert f'<span class="tag">{kind}</span>' in page
    assert '<span class="tag">lab</span>' in page_of(client, "/search/?q=greet")
    assert '<span class="tag">planned lab</span>' not in page


def test_results_lead_to_their_pages(client) -> None:
    page = page_of(client, "/search/?q=NET-11")
    assert 'href="/unit/net/#NET-11"' in page


def test_under_the_field_the_first_few_stand(client) -> None:
    page = page_of(client, "/search/?q=a", headers={"HX-Request": "true"})

    assert "<html" not in page
    assert page.count("<li>") == 9
    assert "More of what was found" in page


def test_an_empty_question_says_what_can_be_looked_for(client) -> None:
    assert "Lessons, labs, courses, skills and terms" in page_of(client, "/search/")
    assert page_of(client, "/search/", headers={"HX-Request": "true"}).strip() == ""


def test_what_is_not_there_is_answered_with_what_to_do(client) -> None:
    page = page_of(client, "/search/?q=%3Cscript%3Ezzzyx%3C/script%3E")

    assert "Nothing holds all of" in page
    assert "Try fewer words" in page
    assert "<script>zzzyx" not in page


def test_a_very_long_question_is_cut_and_said_to_be(client) -> None:
    page = page_of(client, f"/search/?q={'idempotent+' * 460}")

    assert "only its first 200 characters" in page
    assert 'class="hit"' in page
    assert len(page) < 60_000


def test_the_glossary_stands_in_the_order_of_the_alphabet_with_anchors(client) -> None:
    page = page_of(client, "/glossary/")
    terms = library.path().glossary

    assert page.count("<dt") == len(terms) >= 300
    assert 'id="idempotent"' in page
    assert page.index('id="letter-A"') < page.index('id="letter-B"') < page.index('id="letter-Z"')
    assert page.index('id="letter-G"') < page.index(">.gitignore<") < page.index('id="letter-H"')


def test_the_glossary_can_be_narrowed(client) -> None:
    whole, some = page_of(client, "/glossary/"), page_of(client, "/glossary/?q=IDEMPOTENT")
    part = page_of(client, "/glossary/?q=idempotent", headers={"HX-Request": "true"})

    assert 0 < some.count("<dt") < whole.count("<dt") / 10
    assert "<html" not in part
    assert part.count("<dt") == some.count("<dt")


def test_a_word_that_no_term_has_is_answered(client) -> None:
    page = page_of(client, "/glossary/?q=%22%3E%3Cscript%3E")

    assert "No term holds" in page
    assert '"><script>' not in page


def test_two_terms_never_share_an_anchor(client, small_content) -> None:
    (small_content / "small/glossary").mkdir()
    (small_content / "small/glossary/x.toml").write_text(
        '[[term]]\nterm = "C"\nmeans = "A language."\n[[term]]\nterm = "C++"\nmeans = "Another one."\n'
    )
    library.forget()
    page = page_of(client, "/glossary/")

    assert 'id="c"' in page
    assert 'id="c-2"' in page


def test_names_are_sorted_as_people_do() -> None:
    assert folded("ÄÖß") == "aoss"
    assert sorted(["zone", ".NET", "Äther", "bit"], key=alphabetic) == ["Äther", "bit", ".NET", "zone"]
    assert [letter_of(name) for name in (".NET", "élan", "404", "道")] == ["N", "E", "#", "道"]
