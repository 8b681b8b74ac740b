"""How well the do-no-harm lint sees: labelled sentences, and what it flags in `content/`.

    python benchmarks/safety/report.py [--check] [--mistakes] [--dossiers]

Of `development.yaml` the mistakes may be looked at while the rules are improved; of
`held_out.yaml` only the totals are ever shown, so that they stay an honest measure.
A sighting is right when its kind is the labelled one and the two passages overlap.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
import sys

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from kb.core.language import Locale  # noqa: E402
from kb.practices.safety import Danger, Sighting, look  # noqa: E402

HERE = Path(__file__).parent
DEVELOPMENT, HELD_OUT = "development", "held_out"
RECALL_GOAL, PRECISION_GOAL = 0.9, 0.8
Key = tuple[str, str]


@dataclass(frozen=True)
class Label:
    """A passage that somebody marked as dangerous."""

    danger: Danger
    start: int
    end: int

    def is_seen_by(self, sighting: Sighting) -> bool:
        """Whether the sighting is of the same kind and overlaps."""
        same = self.danger is sighting.danger
        return same and sighting.start < self.end and self.start < sighting.end


@dataclass(frozen=True)
class Sentence:
    """A sentence and all that is dangerous in it."""

    text: str
    locale: Locale
    labels: tuple[Label, ...]

    @classmethod
    def read(cls, name: str) -> list["Sentence"]:
        """The sentences of a file; ValueError where a marked passage is not in its sentence."""
        entries = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
        return [
            cls(
                entry["text"],
                Locale(entry["lang"]),
                tuple(
                    Label(Danger(mark["kind"]), start, start + len(mark["text"]))
                    for mark in entry["finds"]
                    for start in [entry["text"].index(mark["text"])]
                ),
            )
            for entry in entries
        ]


@dataclass(frozen=True)
class Judged:
    """A sentence with what the lint saw in it: rightly, wrongly, and not at all."""

    sentence: Sentence
    right: tuple[Sighting, ...]
    wrong: tuple[Sighting, ...]
    found: tuple[Label, ...]
    missed: tuple[Label, ...]


def judge(sentence: Sentence) -> Judged:
    """What the lint makes of one sentence."""
    sightings, labels = look(sentence.text), sentence.labels
    right = [s for s in sightings if any(label.is_seen_by(s) for label in labels)]
    found = [label for label in labels if any(label.is_seen_by(s) for s in sightings)]
    return Judged(
        sentence,
        tuple(right),
        tuple(s for s in sightings if s not in right),
        tuple(found),
        tuple(label for label in labels if label not in found),
    )


@dataclass(frozen=True)
class Score:
    """How many sightings are right, and how many labels are seen."""

    right: int
    sightings: int
    found: int
    labels: int

    @property
    def precision(self) -> float:
        """The share of sightings that are right."""
        return self.right / self.sightings if self.sightings else 1.0

    @property
    def recall(self) -> float:
        """The share of labels that are seen."""
        return self.found / self.labels if self.labels else 1.0


def scores(judged: Iterable[Judged]) -> Mapping[Key, Score]:
    """Scores by kind and language, and with "all" for one or both of them."""
    counts: dict[str, Counter[Key]] = {n: Counter() for n in ("right", "wrong", "found", "missed")}
    for each in judged:
        for name, counter in counts.items():
            for passage in getattr(each, name):
                for kind in (passage.danger.value, "all"):
                    counter.update([(kind, each.sentence.locale.value), (kind, "all")])
    keys = [(kind, lang) for kind in (*Danger, "all") for lang in (*Locale, "all")]
    return {
        key: Score(
            counts["right"][key],
            counts["right"][key] + counts["wrong"][key],
            counts["found"][key],
            counts["found"][key] + counts["missed"][key],
        )
        for key in keys
    }


def dossiers() -> Iterator[tuple[str, str]]:
    """Name and text of each published practice in each language."""
    for path in sorted((ROOT / "content" / "practices").glob("*/??.md")):
        yield f"{path.parent.name}/{path.stem}", path.read_text(encoding="utf-8")


def _print_set(name: str, judged: list[Judged]) -> Score:
    flagged = sum(bool(each.sentence.labels) for each in judged)
    print(f"{name}: {len(judged)} sentences, {len(judged) - flagged} of them harmless")
    print(f"  {'kind':14}{'lang':6}{'labels':>7}{'recall':>8}{'seen':>6}{'precision':>10}")
    table = scores(judged)
    for (kind, lang), score in table.items():
        figures = f"{score.labels:7}{score.recall:8.2f}{score.sightings:6}{score.precision:10.2f}"
        print(f"  {kind:14}{lang:6}{figures}")
    return table["all", "all"]


def _print_mistakes(judged: Iterable[Judged]) -> None:
    for each in judged:
        text = each.sentence.text
        for label in each.missed:
            print(f"  missed {label.danger} «{text[label.start : label.end]}» in: {text}")
        for sighting in each.wrong:
            print(f"  wrong {sighting.danger} «{sighting.text}» in: {text}")


def _print_dossiers(*, listed: bool) -> None:
    kinds: Counter[str] = Counter()
    words = 0
    for name, text in dossiers():
        words += len(text.split())
        for sighting in look(text):
            kinds[sighting.danger] += 1
            if listed:
                print(f"  {name} {sighting.danger} «{sighting.text}»")
    each = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()) or "none"
    per_thousand = 1000 * kinds.total() / words
    print(f"content/: {kinds.total()} sightings in {words} words, {per_thousand:.1f} per 1,000")
    print(f"  ({each})")


def main() -> int:
    """Print the figures; with --check the answer is 1 below the goals."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--check", action="store_true", help="fail below the goals")
    arguments.add_argument("--mistakes", action="store_true", help="list those of development")
    arguments.add_argument("--dossiers", action="store_true", help="list what is seen in content/")
    wanted = arguments.parse_args()
    missed = False
    for name in (DEVELOPMENT, HELD_OUT):
        if not (HERE / f"{name}.yaml").exists():
            continue
        judged = [judge(sentence) for sentence in Sentence.read(name)]
        score = _print_set(name, judged)
        missed |= score.recall < RECALL_GOAL or score.precision < PRECISION_GOAL
        if wanted.mistakes and name == DEVELOPMENT:
            _print_mistakes(judged)
    _print_dossiers(listed=wanted.dossiers)
    return int(missed and wanted.check)


if __name__ == "__main__":
    sys.exit(main())
