"""Reading YAML strictly (a key given twice is an error) and writing it in one form."""

from collections.abc import Hashable
from typing import Any

import yaml

from kb.core.errors import Invalid
from kb.core.messages import msg


class _StrictLoader(yaml.CSafeLoader):
    """PyYAML's safe loader, refusing duplicate keys and leaving dates as text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is there twice", key.start_mark
                )
        return super().construct_mapping(node, deep=deep)


_StrictLoader.yaml_constructors = {
    **_StrictLoader.yaml_constructors,
    "tag:yaml.org,2002:timestamp": yaml.CSafeLoader.construct_yaml_str,
}


def read_yaml(text: str, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """The document in the text; raises Invalid naming file, line and reason."""
    try:
        return yaml.load(text, _StrictLoader)  # noqa: S506 - a subclass of the safe loader
    except (yaml.YAMLError, ValueError, KeyError, RecursionError) as error:
        # Not only YAML's own errors: `!!int x`, a number of 5000 digits, endless nesting.
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        reason = str(getattr(error, "problem", None) or error)
        raise Invalid(
            msg("The file is not valid YAML."), {where: msg("%(reason)s", reason=reason)}
        ) from None


def write_yaml(data: object) -> str:
    """The document as text; reading it gives the same data."""
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
