"""What an event of the history tells, in a few words, for terminal and site alike."""

import json

from firsthand.history import Event

DATA_CHARACTERS_MAX = 100
"""Of an event whose kind we do not know."""


def event_words(event: Event) -> str:
    """What an event tells."""
    say = event.text
    match event.kind:
        case "answer":
            return f"{say('question')}: {say('result')} ({say('purpose')})"
        case "placement":
            return say("event")
        case "course":
            return f"{say('course')}: {say('state')}"
        case "plan":
            return f"goal {say('goal')}" + (f", by {say('deadline')}" if say("deadline") else "")
        case "run":
            return f"{say('lab')}: {say('verdict')}, {len(event.texts('stages_passed'))} stages"
        case "review" | "corrected":
            return f"{say('competency')}: {say('grade') or say('group')}"
        case "rating":
            return f"{say('unit')}: {say('rating')}"
        case "hint" | "solution" | "began" | "lesson":
            return " ".join(filter(None, (say("lab"), say("check"), say("lesson"), say("language"))))
        case _:
            return json.dumps(event.data, ensure_ascii=False)[:DATA_CHARACTERS_MAX]
