"""Prints a whole placement, to the last bit: what `placed.txt` holds must come on every machine.

After a change of the model, what this prints goes into `placed.txt`: `PYTHONPATH=. .venv/bin/python <this file>`.
"""

import hashlib

from benchmarks.learning.graphs import graph
from benchmarks.learning.learners import learner

from firsthand.learning import Placement


def main() -> None:
    """Place three learners on a graph of 200, one of whom never says "I don't know"."""
    ground = graph(7)
    for number, unsure in ((1, 0.6), (2, 0.6), (3, 0.0)):
        someone = learner(ground, 7, number)
        placement = Placement(ground, number, stop=False)
        placement.rate(someone.rates(ground))
        for _ in range(25):
            competency = placement.next()
            assert competency is not None
            placement.answer(competency, someone.answers(competency, unsure))
            print(competency, end=" ")
        bits = " ".join(p.hex() for p in placement.probabilities().values())
        print(hashlib.sha256(bits.encode()).hexdigest())


if __name__ == "__main__":
    main()
