"""Practices by the way of the importer, which takes any valid content at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from kb.operations.content_folder import ContentFolder
from kb.operations.content_transfer import import_folder
from kb.practices.content import PracticeContent
from kb.practices.files import PracticeFiles, dump, load
from kb.runtime import Runtime
from kb.vocabularies.service import load_vocabularies


def import_contents(runtime: Runtime, contents: Iterable[Mapping[str, Any]]) -> None:
    """Publish these, having written them to files and read them again."""
    practices = tuple(
        load(dump(PracticeFiles(PracticeContent.parse(content))), content["slug"])
        for content in contents
    )
    with runtime.begin() as work:
        vocabularies = tuple(load_vocabularies(work.session).by_name.values())
        import_folder(work, ContentFolder(vocabularies, (), practices, {}))
