"""The error tree: three families, and the docstring as the default message."""

from pathlib import Path

from firsthand.core import errors


def test_the_docstring_is_the_message_of_an_error_without_one() -> None:
    assert str(errors.BuildError()) == "The build failed."


def test_advice_stands_on_its_own_line() -> None:
    assert str(errors.WorldError("It broke.", advice="Run again.")) == "It broke.\nRun again."


def test_an_authors_error_begins_with_file_and_line() -> None:
    error = errors.ContentError("No title.", file=Path("lab.toml"), line=3)

    assert error.where == "lab.toml:3"
    assert str(error) == "lab.toml:3: No title."


def test_the_families_do_not_overlap() -> None:
    families = (errors.UsageError, errors.SubjectError, errors.ContentError, errors.WorldError)
    ours = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.FirsthandError)]

    assert all(sum(issubclass(c, f) for f in families) == 1 for c in ours if c is not errors.FirsthandError)
