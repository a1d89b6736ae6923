"""`firsthand author lint` and `new`, through the command."""

import json

from proofs.machine import LAB, Author


def test_mistakes_are_told_with_file_line_and_what_to_do(author: Author) -> None:
    author.edit("lab.toml", 'title = "A box for notes"\n', 'titel = "A box for notes"\n')
    done = author.call("lint")
    assert done.code == 1
    assert f"content/own/units/acme/labs/{LAB}/lab.toml:3\n" in done.out
    assert "titel" in done.out
    assert "findings." in done.out.splitlines()[-1]


def test_mistakes_are_told_as_json(author: Author) -> None:
    (author.lab / "stages/02-notes/hints.toml").write_text("keeps_the_bytes = []\n")
    done = author.call("lint", "--json", "-")
    found = json.loads(done.out)
    assert (done.code, found["schema"]) == (1, 1)
    kinds = {f["kind"] for f in found["findings"] if f["file"].endswith("hints.toml")}
    assert "hints-count" in kinds
    assert all({"file", "line", "kind", "message", "advice"} == set(f) for f in found["findings"])


def test_a_new_lab_is_told_with_the_commands_that_work_from_here(stranger: Author) -> None:
    done = stranger.call("new", "shop-cart", "content", "--unit", "store")
    assert done.code == 0, done.err
    assert (stranger.content / "own/units/store/labs/shop-cart/lab.toml").is_file()
    assert "firsthand --content content author lint\n" in done.out
    assert "firsthand --content content author prove shop-cart\n" in done.out


def test_a_folder_in_use_is_refused(author: Author) -> None:
    done = author.call("new", "acme-other", "content", "--unit", "other")
    assert done.code == 2
    assert "content is not empty" in done.err


def test_what_is_only_planned_is_counted_and_listed(author: Author) -> None:
    unit = author.content / "own/units/acme/unit.toml"
    competency = '\n[[competency]]\nid = "ACME-03"\ncan = "take notes apart"\ntier = 2\nproof = "live"\nminutes = 60\n'
    unit.write_text(unit.read_text(encoding="utf-8") + competency, encoding="utf-8")
    assert "No lab proves ACME-03." in author.call("lint").out

    (author.content / "own/planned.toml").write_text(
        'schema = 1\n\n[[lab]]\nid = "acme-scissors"\nunit = "acme"\ntitle = "Scissors"\nwave = 2\n'
        'proves = ["ACME-03"]\nhow = "P"\nstages = ["cut"]\n',
        encoding="utf-8",
    )
    done = author.call("lint")
    assert done.code == 0, done.out
    assert "competencies wait for what is planned" in done.out
    assert "  ACME-03  acme-scissors\n" in author.call("lint", "--planned").out
    assert json.loads(author.call("lint", "--json", "-").out)["planned"]["ACME-03"] == ["acme-scissors"]
