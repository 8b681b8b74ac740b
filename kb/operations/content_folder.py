"""The `content/` folder: read and checked as a whole, and written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import hashlib
import json
from pathlib import Path

from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.practices.files import PracticeFiles, dump, load
from kb.practices.service import check_terms
from kb.vocabularies.catalogue import GlossaryEntry, Vocabularies, Vocabulary
from kb.vocabularies.files import (
    dump_glossary,
    dump_vocabulary,
    load_glossary,
    load_vocabulary,
)

SIZE_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class ContentFolder:
    """Everything that is valid in a folder, and the problems of the rest by place."""

    vocabularies: tuple[Vocabulary, ...]
    # None where the folder has none.
    glossary: tuple[GlossaryEntry, ...] | None
    practices: tuple[PracticeFiles, ...]
    problems: Mapping[str, Message]

    @property
    def digest(self) -> str:
        """SHA-256 over all that would be imported."""
        parts = [v.model_dump(mode="json") for v in (*self.vocabularies, *(self.glossary or ()))]
        practices = [dump(practice) for practice in self.practices]
        text = json.dumps([parts, practices], ensure_ascii=True, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read_folder(folder: Path) -> ContentFolder:
    """Read and check a content folder; raises Invalid only if it is no content folder at all."""
    if not (folder / "practices").is_dir() or not (folder / "vocabularies").is_dir():
        raise Invalid(
            msg("This is not a content folder."),
            {str(folder): msg("needs the folders practices and vocabularies")},
        )
    problems: dict[str, Message] = {}
    vocabularies = _vocabularies(folder, problems)
    glossary = _glossary(folder, problems)
    _check_geometry(folder, Vocabularies.of(vocabularies), problems)
    practices = _practices(folder, Vocabularies.of(vocabularies), problems)
    _check_relations(practices, problems)
    return ContentFolder(vocabularies, glossary, practices, problems)


def write_practice(folder: Path, practice: PracticeFiles) -> None:
    """Write one practice below `folder/practices`; files it does not have are removed."""
    target = folder / "practices" / practice.content.slug
    target.mkdir(parents=True, exist_ok=True)
    files = dump(practice)
    for path in target.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        _write(target / name, text)


def write_terms(
    folder: Path, vocabularies: Iterable[Vocabulary], glossary: tuple[GlossaryEntry, ...]
) -> None:
    """Write the vocabularies and the thesaurus, which an import needs beside the practices."""
    target = folder / "vocabularies"
    target.mkdir(parents=True, exist_ok=True)
    for vocabulary in vocabularies:
        _write(target / f"{vocabulary.name}.yaml", dump_vocabulary(vocabulary))
    _write(folder / "glossary.yaml", dump_glossary(glossary))


def foreign_practices(folder: Path, slugs: Iterable[str]) -> tuple[str, ...]:
    """Practices in the folder that are not among these."""
    practices = folder / "practices"
    found = {path.name for path in practices.iterdir()} if practices.is_dir() else set()
    return tuple(sorted(found - set(slugs)))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _vocabularies(folder: Path, problems: dict[str, Message]) -> tuple[Vocabulary, ...]:
    found = []
    for path in sorted((folder / "vocabularies").glob("*.yaml")):
        try:
            found.append(load_vocabulary(_read(path), f"vocabularies/{path.name}"))
        except Invalid as error:
            problems.update(error.problems)
    return tuple(found)


def _glossary(folder: Path, problems: dict[str, Message]) -> tuple[GlossaryEntry, ...] | None:
    path = folder / "glossary.yaml"
    try:
        return load_glossary(_read(path), path.name) if path.exists() else None
    except Invalid as error:
        problems.update(error.problems)
        return None


def _practices(
    folder: Path, vocabularies: Vocabularies, problems: dict[str, Message]
) -> tuple[PracticeFiles, ...]:
    found = []
    for path in sorted(p for p in (folder / "practices").iterdir() if p.is_dir()):
        try:
            practice = load(_files(path), path.name)
            _check_terms(practice, vocabularies)
            found.append(practice)
        except Invalid as error:
            problems.update({f"practices/{place}": why for place, why in error.problems.items()})
    return tuple(found)


def _files(folder: Path) -> dict[str, str]:
    """The texts of a practice's folder by name; raises Invalid for what is not a plain file."""
    if folder.is_symlink():
        raise Invalid(msg("The content is not valid."), {folder.name: msg("is a link")})
    return {
        path.name: _read(path)
        for path in sorted(folder.iterdir())
        if path.name not in {".DS_Store", "Thumbs.db"}
    }


def _check_terms(practice: PracticeFiles, vocabularies: Vocabularies) -> None:
    try:
        check_terms(practice.content, vocabularies)
    except Invalid as error:
        place = f"{practice.content.slug}/practice.yaml"
        raise Invalid(
            error.message, {f"{place}: {field}": why for field, why in error.problems.items()}
        ) from None


def _check_relations(practices: tuple[PracticeFiles, ...], problems: dict[str, Message]) -> None:
    slugs = {practice.content.slug for practice in practices}
    for practice in practices:
        missing = set(practice.content.related) - slugs
        if missing:
            place = f"practices/{practice.content.slug}/practice.yaml: related"
            problems[place] = msg(
                "there is no such practice: %(slugs)s", slugs=", ".join(sorted(missing))
            )


def _check_geometry(
    folder: Path, vocabularies: Vocabularies, problems: dict[str, Message]
) -> None:
    """Every shape on the map is a region of the vocabulary."""
    path = folder / "geo" / "regions.geojson"
    if not path.exists():
        return
    try:
        codes = [feature["id"] for feature in json.loads(_read(path))["features"]]
    except Invalid as error:
        problems.update(error.problems)
        return
    except (ValueError, KeyError, TypeError):
        problems[f"geo/{path.name}"] = msg("is not a GeoJSON feature collection with ids")
        return
    unknown = vocabularies.unknown("regions", codes)
    if unknown:
        problems[f"geo/{path.name}"] = msg("unknown term: %(terms)s", terms=", ".join(unknown))


def _read(path: Path) -> str:
    """The text of a regular file of reasonable size; raises Invalid."""
    place = f"{path.parent.name}/{path.name}"
    if path.is_symlink() or not path.is_file():
        raise Invalid(msg("The content is not valid."), {place: msg("is not a regular file")})
    if path.stat().st_size > SIZE_LIMIT:
        raise Invalid(msg("The content is not valid."), {place: msg("is larger than 1 MB")})
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(msg("The content is not valid."), {place: msg("is not UTF-8")}) from None
