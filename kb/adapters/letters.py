"""A letter as an Internet message: what both mailers write."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
import re

from kb.core.ports import Letter, MailNotAccepted

# Stricter than the standard: nothing that a header or a command could mistake for its end.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
KEY = re.compile(r"[A-Za-z0-9-]{1,100}")
NAME = "Palabre"


def message_of(
    letter: Letter, sender: str, now: datetime, *, encoding: str = "quoted-printable"
) -> EmailMessage:
    """The message; raises MailNotAccepted for what cannot be a mail."""
    if not ADDRESS.fullmatch(letter.to) or not KEY.fullmatch(letter.key):
        raise MailNotAccepted("the address or the key of a letter is not written as it should be")
    _, _, domain = sender.rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(NAME, addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    # One line whatever was put in: a line break would begin another header.
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, charset="utf-8", cte=encoding)
    # Afterwards: setting the text does away with all that was said of it.
    message["Content-Language"] = letter.locale.value
    return message
