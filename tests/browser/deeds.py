"""What is done on a page before it is looked at: mostly a form sent that will be refused."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Response
import pyotp

from tests.conftest import FrozenClock

Deed = Callable[[Page], Response | None]
# Not a form that is one button.
FORM = "main form:not(.one)[method=post]"
# The clocks of the sites for tests stand still.
NOW = FrozenClock().now()


def send(page: Page, form: str = FORM) -> Response | None:
    """Send a form as it stands: most are refused for what is missing."""
    return press(page, f"{form} button:not([type=button])")


def press(page: Page, button: str) -> Response | None:
    with page.expect_navigation() as navigation:
        page.locator(button).first.click()
    return navigation.value


def sending(form: str = FORM, **values: str) -> Deed:
    """The same with something typed into some fields."""

    def deed(page: Page) -> Response | None:
        for name, value in values.items():
            page.locator(f"main [name='{name}']").first.fill(value)
        return send(page, form)

    return deed


def send_old(page: Page) -> Response | None:
    """Send a text that somebody else has changed meanwhile."""
    page.evaluate(
        "() => ['lock_number', 'base'].forEach("
        "name => { document.querySelector(`[name=${name}]`).value = '0' })"
    )
    page.locator("[name=title]").fill("Something else")
    return send(page)


def try_another_word(page: Page) -> Response | None:
    """See what a synonym would do."""
    page.locator("[name=synonyms]").fill("Peulh\nkolorado")
    return press(page, "button[value=preview]")


def save_old_entry(page: Page) -> Response | None:
    """Save an entry of the thesaurus that somebody else has changed meanwhile."""
    page.evaluate("() => { document.querySelector('[name=mark]').value = '' }")
    page.locator("[name=fr]").fill("Something else")
    return send(page, "form:has([name=mark])")


def set_up_second_factor(page: Page) -> Response | None:
    """Type the code that the phone of the member would show."""
    address = page.locator("main a[href^='otpauth:']").get_attribute("href") or ""
    [secret] = parse_qs(urlsplit(address).query)["secret"]
    page.locator("[name=code]").fill(pyotp.TOTP(secret).at(NOW))
    return send(page)
