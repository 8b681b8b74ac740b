"""A browser's own description in words that its owner recognises."""

from kb.core.messages import Message, msg

# The first that is found: many browsers name the ones they descend from as well.
BROWSERS = {
    "Opera Mini": "Opera Mini",
    "OPR/": "Opera",
    "Edg": "Edge",
    "SamsungBrowser": "Samsung Internet",
    "UCBrowser": "UC Browser",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_name(description: str) -> Message:
    """Browser and system, as far as they are known."""
    browser = next((name for mark, name in BROWSERS.items() if mark in description), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in description), "")
    if browser and system:
        return msg("%(browser)s on %(system)s", browser=browser, system=system)
    if browser or system:
        # A proper name: the same in every language.
        return Message(browser or system)
    return msg("Unknown browser")
