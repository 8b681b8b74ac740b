"""Letters as files in a folder: for a demonstration, and for hosts that fetch them there."""

import os
from pathlib import Path

from kb.adapters.letters import message_of
from kb.core.ports import Clock, Letter, MailNotAccepted


class FileMailer:
    """One `.eml` a letter, named by its key, readable by its owner only."""

    def __init__(self, directory: Path, sender: str, clock: Clock) -> None:
        self._directory, self._sender, self._clock = directory, sender, clock

    def send(self, letter: Letter) -> None:
        """Write the whole letter or none; the same letter again replaces itself."""
        # Eight bits: whoever opens the file reads it, and can copy the link, as it is.
        message = message_of(letter, self._sender, self._clock.now(), encoding="8bit")
        target = self._directory / f"{letter.key}.eml"
        half = self._directory / f".{letter.key}.part"
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            half.unlink(missing_ok=True)
            descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            half.replace(target)
        except OSError as error:
            raise MailNotAccepted("the folder for mails cannot be written") from error
