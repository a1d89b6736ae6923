"""What the pages of practice read."""

from django.http import Http404

from firsthand.content.question import Question
from firsthand.site.learner import Person


def question(person: Person, question_id: str) -> Question:
    """The question of this id.

    Raises:
        Http404: there is none.
    """
    every = (each for of_skill in person.outlook.questions.values() for each in of_skill)
    found = next((each for each in every if each.id == question_id), None)
    if found is None:
        raise Http404
    return found
