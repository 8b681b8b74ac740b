"""How long it takes to look for near-duplicates, and to lint, with many practices.

    python benchmarks/near_duplicates.py [--practices 1000]

Texts have the words of `content/practices` in another order, half of each practice taken from
one of them; the lint is measured on them and on 200,000 characters of hostile text of each kind.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
import random
import sys
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.core.language import Locale  # noqa: E402
from kb.practices.files import load  # noqa: E402
from kb.practices.safety import look  # noqa: E402
from kb.practices.similarity import compare, is_near, sketches  # noqa: E402
from kb.practices.template import SECTION_KEYS  # noqa: E402

HOSTILE_LENGTH = 200_000
HOSTILE = (
    *("1 ", "A ", "a", "76 ", "le 12 mars ", "Mme ", "tel ", "a@", "1.", "M. A", "12 mars à "),
    *("www.", "(", "chef de Amadou Di ", "CNI ", "a.a", "12°1'", "x (at) ", "http://", "Aa-"),
)


def contents() -> list[dict[str, object]]:
    """The practices of `content/`, as plain data."""
    folders = sorted((ROOT / "content" / "practices").iterdir())
    return [
        load({f.name: f.read_text(encoding="utf-8") for f in folder.iterdir()}, folder.name)
        .content.to_json()
        for folder in folders
    ]  # fmt: skip


def invented(number: int, seed: int) -> Iterator[dict[str, object]]:
    """Practices of shuffled words."""
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret by it
    known = contents()
    words: dict[str, list[str]] = {
        locale: [
            word
            for content in known
            for section in content["texts"][locale]["sections"].values()  # type: ignore[index]
            for word in section.split()
        ]
        for locale in Locale
    }
    for position in range(number):
        yield {
            "texts": {
                locale: {
                    "title": " ".join(chance.choices(words[locale], k=7)),
                    "summary": " ".join(chance.choices(words[locale], k=25)),
                    "sections": {
                        key: " ".join(chance.choices(words[locale], k=45)) for key in SECTION_KEYS
                    },
                }
                for locale in Locale
            },
            "slug": f"invented-{position}",
        }


def main() -> int:
    """Print what each step takes."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--practices", type=int, default=1000)
    number = arguments.parse_args().practices
    practices = list(invented(number, seed=7))
    own = sketches(practices[0])
    start = time.perf_counter()
    known = [sketches(practice) for practice in practices]
    print(f"sketches of {number} practices, once: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    near = [position for position, other in enumerate(known) if is_near(*compare(own, other))]
    print(f"compared with one, each time: {(time.perf_counter() - start) * 1000:.0f} ms {near}")
    real = contents()
    sketched = [sketches(content) for content in real]
    pairs = [
        (real[one]["slug"], real[two]["slug"], *compare(sketched[one], sketched[two]))
        for one in range(len(real))
        for two in range(one)
        if is_near(*compare(sketched[one], sketched[two]))
    ]
    print(f"near each other among the {len(real)} of content/: {pairs or 'none'}")
    for piece in HOSTILE:
        text = (piece * HOSTILE_LENGTH)[:HOSTILE_LENGTH]
        start = time.perf_counter()
        look(text)
        print(f"  lint of {HOSTILE_LENGTH} of {piece!r}: {time.perf_counter() - start:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
