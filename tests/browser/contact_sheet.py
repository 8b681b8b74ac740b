"""One page that shows many pictures side by side: a row per page and language."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

STYLE = """
body { font: 14px/1.4 sans-serif; margin: 1rem; background: #888; color: #000; }
nav a { color: #000; margin-right: .8rem; }
h2 { margin: 2rem 0 0; } h3 { margin: 1rem 0 .2rem; font-size: 14px; }
div { display: flex; overflow-x: auto; gap: 6px; }
div a { flex: none; max-height: 30rem; overflow: hidden; }
img { display: block; height: auto; background: #fff; }
"""
# Widths on the sheet: a phone can be read, a computer still takes not all of it.
SHOWN = {360: 240, 768: 320, 1280: 480}


@dataclass(frozen=True)
class Picture:
    """A file, and what it shows."""

    who: str
    name: str
    lang: str
    width: int
    scheme: str

    @property
    def file(self) -> str:
        return f"{self.who}/{self.lang}/{self.name}-{self.width}-{self.scheme}.png"

    @property
    def row(self) -> tuple[str, str]:
        return self.name, self.lang


def write_sheet(folder: Path, pictures: Sequence[Picture]) -> None:
    """`index.html`, with the pictures in the order of their people and pages."""
    people = list(dict.fromkeys(picture.who for picture in pictures))
    links = "".join(f'<a href="#{escape(who)}">{escape(who)}</a>' for who in people)
    parts = [_section(who, [one for one in pictures if one.who == who]) for who in people]
    (folder / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{len(pictures)} pictures</title>\n<style>{STYLE}</style>\n"
        f"<h1>{len(pictures)} pictures</h1>\n<nav>{links}</nav>\n{''.join(parts)}</html>\n",
        encoding="utf-8",
    )


def _section(who: str, pictures: list[Picture]) -> str:
    # The same page in both languages stands one below the other.
    names = {name: place for place, name in enumerate(dict.fromkeys(one.name for one in pictures))}
    ordered = sorted(pictures, key=lambda one: names[one.name])
    rows = [f'<h2 id="{escape(who)}">{escape(who)}</h2>\n']
    for (name, lang), row in groupby(ordered, key=lambda one: one.row):
        shown = "".join(map(_figure, row))
        rows.append(f"<h3>{escape(name)} ({lang})</h3>\n<div>{shown}</div>\n")
    return "".join(rows)


def _figure(picture: Picture) -> str:
    words = f"{picture.name}, {picture.width} px, {picture.scheme}"
    wide = SHOWN.get(picture.width, picture.width // 3)
    return (
        f'<a href="{picture.file}" title="{words}">'
        f'<img src="{picture.file}" alt="{words}" width="{wide}" loading="lazy"></a>'
    )
