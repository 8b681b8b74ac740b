"""Files of named arrays: written once, read whole or in part.

    <8 octets: length of the table> <table: JSON, name -> type, offset, length> <arrays>

Parts are read with `pread`: it shares no file position between threads or processes, keeps
nothing in memory beside the page cache that all workers share, and a file that is cut short under
our hands gives fewer octets. A mapped file would kill the process then.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
import json
import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
_SIZE = 8


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """A new file of these arrays, of one dimension each."""
    table: dict[str, tuple[str, int, int]] = {}
    offset = 0
    for name, array in arrays.items():
        table[name] = (array.dtype.str, offset, len(array))
        offset += array.nbytes
    dumped = json.dumps(table).encode()
    with path.open("xb") as file:
        file.write(len(dumped).to_bytes(_SIZE, "little"))
        file.write(dumped)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).data)


class Octets:
    """A file whose octets are read from any place; any number of threads may read."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self, offset: int, length: int) -> bytes:
        """Raises ValueError when the file does not have as many."""
        octets = os.pread(self._descriptor, length, offset)
        if len(octets) != length:
            raise ValueError("a file of the index is cut short")
        return octets

    def close(self) -> None:
        os.close(self._descriptor)


class ArrayFile:
    """The arrays of a file; any number of threads may read."""

    def __init__(self, path: Path) -> None:
        """Raises OSError or ValueError when it is not such a file."""
        self._octets = Octets(path)
        try:
            size = int.from_bytes(self._octets.read(0, _SIZE), "little")
            table = json.loads(self._octets.read(_SIZE, size))
        except BaseException:
            self.close()
            raise
        self._layout = {
            name: (np.dtype(kind), _SIZE + size + offset, length)
            for name, (kind, offset, length) in table.items()
        }

    def whole(self, name: str) -> Array:
        return self.part(name, 0, self._layout[name][2])

    def part(self, name: str, start: int, stop: int) -> Array:
        """The elements from `start` to before `stop`."""
        kind, offset, _ = self._layout[name]
        octets = self._octets.read(offset + start * kind.itemsize, (stop - start) * kind.itemsize)
        return np.frombuffer(octets, kind)

    def close(self) -> None:
        self._octets.close()


def smallest(array: Array) -> Array:
    """The same numbers, none below zero, in the narrowest unsigned type that holds them."""
    narrowest: Array = array.astype(np.min_scalar_type(int(array.max()) if len(array) else 0))
    return narrowest


def starts_of(lengths: Array | Sequence[int]) -> Array:
    """Where each of these runs begins when they stand one after the other, and the end."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(np.asarray(lengths, np.int64), out=starts[1:])
    return starts


def run_indices(starts: Array, lengths: Array) -> Array:
    """The places of all elements of these runs, one run after the other."""
    lengths = lengths.astype(np.int64)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    indices: Array = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return indices


def pack_strings(strings: Sequence[str]) -> tuple[Array, Array]:
    """The strings in one run of octets, and where each begins, and the end."""
    encoded = [string.encode() for string in strings]
    return np.frombuffer(b"".join(encoded), np.uint8), smallest(starts_of([*map(len, encoded)]))


def unpack_strings(octets: Array, starts: Array) -> list[str]:
    """What `pack_strings` packed."""
    return [string.decode() for string in split_octets(octets, starts)]


def split_octets(octets: Array, starts: Array) -> list[bytes]:
    """A run of octets cut into pieces, given where each begins, and the end."""
    packed = octets.tobytes()
    return [packed[start:end] for start, end in pairwise(starts.tolist())]
