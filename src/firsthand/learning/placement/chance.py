"""Random whole numbers in bulk, the same on every machine and with every version of numpy."""

import hashlib

import numpy as np
from numpy.typing import NDArray


class Chance:
    """A stream of numbers that depends on the seed and the label alone.

    numpy promises to keep the raw stream of a bit generator for ever, but not what its other methods make of it; so
    only the raw stream is used.
    """

    def __init__(self, seed: int, label: str) -> None:
        """`label` names the use, so that two uses of one seed have nothing in common."""
        material = hashlib.sha256(f"{seed}\0{label}".encode()).digest()
        self._raw = np.random.Philox(key=int.from_bytes(material[:16], "little"))

    def bytes(self, *shape: int) -> NDArray[np.uint8]:
        """Numbers from 0 to 255."""
        count = int(np.prod(shape))
        raw = self._raw.random_raw(-(-count // 8)).astype("<u8", copy=False)
        return raw.view(np.uint8)[:count].reshape(shape)

    def words(self, count: int) -> NDArray[np.uint64]:
        """Numbers from 0 to 2**32 - 1."""
        found: NDArray[np.uint64] = self._raw.random_raw(count) >> np.uint64(32)
        return found

    def below(self, stop: int, count: int) -> NDArray[np.int64]:
        """Numbers from 0 to `stop - 1`; for a `stop` far below 2**32 all equally likely."""
        return ((self.words(count) * np.uint64(stop)) >> np.uint64(32)).astype(np.int64)

    def shares(self, count: int) -> NDArray[np.float64]:
        """Numbers from 0 up to but not 1, in steps of 2**-32, which a float holds exactly."""
        return self.words(count).astype(np.float64) * 2.0**-32

    def bells(self, *shape: int) -> NDArray[np.int16]:
        """Whole numbers around 0, spread almost as a bell curve: -256 to 254, standard deviation 104."""
        two = self.bytes(2, *shape).astype(np.int16)
        bells: NDArray[np.int16] = two[0] + two[1] - np.int16(256)
        return bells
