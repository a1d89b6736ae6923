"""Random graphs to place simulated learners on: 200 competencies in 20 units, as deep and as dense as a real path."""

from random import Random

from firsthand.learning import Graph

UNITS = 20
PER_UNIT = 10


def graph(seed: int, units: int = UNITS, per_unit: int = PER_UNIT) -> Graph:
    """About 1.4 prerequisites for a competency, two of three inside its unit; the longest chain has about 20."""
    chance = Random(f"graph {seed}")
    members = {f"u{u:03}": [f"U{u:03}-{k:02}" for k in range(1, per_unit + 1)] for u in range(units)}
    names = list(members)
    prerequisites: dict[str, set[str]] = {}
    for at, ids in enumerate(members.values()):
        ground = chance.sample(names[:at], min(at, chance.choice((1, 1, 2, 3)))) if at else []
        for k, one in enumerate(ids):
            found = prerequisites.setdefault(one, set())
            for _ in range(chance.choices((1, 2, 3), (57, 31, 12))[0] if k or ground else 0):
                inside = ids[max(0, k - 4) : k]
                if inside and (not ground or chance.random() < 0.7):
                    found.add(chance.choice(inside))
                elif ground:
                    found.add(chance.choice(members[chance.choice(ground)]))
    return Graph({one: unit for unit, ids in members.items() for one in ids}, prerequisites)
