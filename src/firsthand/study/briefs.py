"""The brief of a stage, with its heading, and which stage a learner is at."""

from pathlib import Path

from firsthand.content.model import Lab, Stage
from firsthand.study.memory import Past


def text(lab: Lab, stage: Stage) -> str:
    """The brief of a stage under a heading that says where in the lab it stands."""
    return f"# Stage {stage.number} of {len(lab.stages)}: {stage.title}\n\n{body(stage)}\n"


def body(stage: Stage) -> str:
    """The brief of a stage without a heading."""
    found = stage.brief().strip("\n")
    first, _, rest = found.partition("\n")
    # A brief may begin with its own title: one is enough.
    return rest.lstrip() if first.startswith("# ") else found


def first_ahead(lab: Lab, past: Past, folder: Path | None = None) -> Stage:
    """The first stage that was not passed yet, in one workspace or in any; the last one when all were."""
    passed = past.standing(lab.id, folder).stages
    return next((stage for stage in lab.stages if stage.id not in passed), lab.stages[-1])
