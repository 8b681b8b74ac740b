"""The template as a Word file; what is in it already stands there as Markdown."""

from collections.abc import Mapping, Sequence
import io

import docx
from docx.shared import RGBColor

from kb.practices.exchange import Slot

GREY = RGBColor(0x55, 0x55, 0x55)


def written_docx(title: str, slots: Sequence[Slot], texts: Mapping[str, str]) -> bytes:
    """A heading for each field, its help in grey below, and room to write."""
    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.title = title
    document.add_paragraph(title, style="Title")
    for slot in slots:
        document.add_heading(slot.heading, level=1)
        if slot.help:
            document.add_paragraph().add_run(slot.help).font.color.rgb = GREY
        for paragraph in texts.get(slot.name, "").split("\n\n"):
            document.add_paragraph(paragraph)
    answer = io.BytesIO()
    document.save(answer)
    return answer.getvalue()
