"""Reading YAML strictly (a key given twice is an error) and writing it in one form."""

from collections.abc import Hashable
import re
from typing import Any

import yaml

from kb.core.errors import Invalid
from kb.core.messages import msg

NESTING_LIMIT = 200
UNUSUAL_LINE_END = re.compile("[\x85\u2028\u2029]")


class _StrictLoader(yaml.CSafeLoader):
    """PyYAML's safe loader, refusing duplicate keys and leaving dates as text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key, _ in node.value:
            # PyYAML itself refuses the keys that are not scalars.
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name!r} is there twice", key.start_mark
                )
            seen.update([name] if name else [])
        return super().construct_mapping(node, deep=deep)


_StrictLoader.yaml_constructors = {
    **_StrictLoader.yaml_constructors,
    "tag:yaml.org,2002:timestamp": yaml.CSafeLoader.construct_yaml_str,
}


class _ExactDumper(yaml.SafeDumper):
    """PyYAML's safe dumper, escaping the line ends that a reader would fold into a space."""


def _represent_text(dumper: _ExactDumper, text: str) -> yaml.ScalarNode:
    style = '"' if UNUSUAL_LINE_END.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_ExactDumper.add_representer(str, _represent_text)


def read_yaml(text: str, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """The document in the text; raises Invalid naming file, line and reason."""
    try:
        _refuse_endless_nesting(text)
        return yaml.load(text, _StrictLoader)  # noqa: S506 - a subclass of the safe loader
    except (yaml.YAMLError, ValueError, KeyError, RecursionError) as error:
        # Not only YAML's own errors: `!!int x`, a number of 5000 digits, endless nesting.
        line, reason = _told(error, text)
        where = f"{name}:{line}" if line else name
        raise Invalid(
            msg("The file is not valid YAML."), {where: msg("%(reason)s", reason=reason)}
        ) from None


def _refuse_endless_nesting(text: str) -> None:
    """Raise ValueError for a document that would exhaust the C loader's stack, which kills us."""
    if sum(text.count(opening) for opening in "[{-?") <= NESTING_LIMIT:
        return
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > NESTING_LIMIT:
            raise ValueError("nested too deeply")


def _told(error: Exception, text: str) -> tuple[int, str]:
    """The line of an error (0: unknown) and its reason in one line."""
    if isinstance(error, yaml.reader.ReaderError):
        return text.count("\n", 0, error.position) + 1, str(error.reason)
    mark = getattr(error, "problem_mark", None)
    reason = str(getattr(error, "problem", None) or error)
    return mark.line + 1 if mark else 0, " ".join(reason.split())


def write_yaml(data: object) -> str:
    """The document as text; reading it gives the same data."""
    return yaml.dump(data, Dumper=_ExactDumper, sort_keys=False, allow_unicode=True, width=100)
