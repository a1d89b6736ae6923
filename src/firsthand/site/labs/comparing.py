"""Two runs side by side: which checks changed, and how long each took."""

from collections.abc import Iterator
from dataclasses import dataclass

from firsthand.core.results import CheckResult, Report
from firsthand.core.verdicts import Verdict


@dataclass(frozen=True)
class Pair:
    """One check in both runs; None where a run did not have it or did not reach it."""

    stage: str
    check: str
    before: CheckResult | None
    after: CheckResult | None

    @property
    def changed(self) -> bool:
        """Whether its verdict is another one."""
        return _verdict(self.before) is not _verdict(self.after)


@dataclass(frozen=True)
class Comparison:
    """Both runs, check by check, in the order of the lab."""

    pairs: tuple[Pair, ...]

    @property
    def changed(self) -> tuple[Pair, ...]:
        """Those with another verdict."""
        return tuple(pair for pair in self.pairs if pair.changed)

    @property
    def same(self) -> tuple[Pair, ...]:
        """The others."""
        return tuple(pair for pair in self.pairs if not pair.changed)


def compare(before: Report, after: Report) -> Comparison:
    """All checks that one of the two has."""
    one, other = dict(_checks(before)), dict(_checks(after))
    keys = [*one, *(key for key in other if key not in one)]
    stages = {stage: n for n, stage in enumerate(dict.fromkeys([s.id for r in (before, after) for s in r.stages]))}
    keys.sort(key=lambda key: stages[key[0]])
    return Comparison(tuple(Pair(*key, one.get(key), other.get(key)) for key in keys))


def _checks(report: Report) -> Iterator[tuple[tuple[str, str], CheckResult]]:
    for stage in report.stages:
        for check in stage.checks:
            yield (stage.id, check.id), check


def _verdict(check: CheckResult | None) -> Verdict:
    return check.verdict if check else Verdict.NOT_REACHED
