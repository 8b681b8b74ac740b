"""Why a file is not taken, as a code that passes between processes. Pure."""


class Refused(Exception):
    """The file cannot be taken; `code` is one of `cleaning.REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
