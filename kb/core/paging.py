"""Pages of a long list."""

from dataclasses import dataclass

PER_PAGE = 20
PER_PAGE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of how many rows; numbers start at 1."""

    page: int = 1
    per_page: int = PER_PAGE

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    def pages(self, total: int) -> int:
        """How many pages `total` rows fill, at least one."""
        return max(1, -(-total // self.per_page))
