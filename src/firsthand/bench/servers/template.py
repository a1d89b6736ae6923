"""Fills a learner's configuration in: `${NAME}` stands for a variable of the lab, and nothing else is touched."""

import re
from collections.abc import Mapping

_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Replace `${NAME}` of declared names only, as the official image of nginx does; servers have `${}` of their own.

    Lines keep their numbers, since no value has more than one.
    """
    return _NAME.sub(lambda found: variables.get(found[1], found[0]), text)
