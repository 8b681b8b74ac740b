"""XML that is escaped by construction and well-formed whatever the text."""

import re
from xml.etree import ElementTree as ET

# XML 1.0 has no way to write these characters, not even escaped.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """A child element; `_` in an attribute's name stands for `:`."""
    element = ET.SubElement(
        parent, tag, {name.replace("_", ":"): clean(value) for name, value in attributes.items()}
    )
    element.text = clean(text) or None
    return element


def clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return UNWRITABLE.sub("", text)


def document(root: ET.Element) -> bytes:
    """The document in UTF-8, with its declaration."""
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
