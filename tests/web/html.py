"""A page as a reader gets it: parsed strictly enough to notice what is not closed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img", "path", "rect", "polyline", "circle"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """Descendants with this tag (`*` for any) and these attributes, `class_` by one class."""
        return [
            element
            for element in self.walk()
            if tag in ("*", element.tag)
            and all(_has(element, name.rstrip("_"), value) for name, value in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> "Element":
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    @property
    def text(self) -> str:
        """Words with single spaces; no-break spaces count as spaces."""
        return " ".join(self._words().split())

    def _words(self) -> str:
        return "".join(c if isinstance(c, str) else c._words() for c in self.children)

    def links(self) -> list[str]:
        return [a.attributes["href"] for a in self.all("a") if "href" in a.attributes]


def _has(element: Element, name: str, value: str) -> bool:
    found = element.attributes.get(name)
    return found is not None and (value in found.split() if name == "class" else value == found)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"attribute twice: {attrs}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, tag
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Element:
    """The page as a tree; fails on tags that do not match."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert parser.open == [parser.root], "something is left open"
    return parser.root
