"""Problems as RFC 9457 documents, in the reader's language."""

from dataclasses import replace

import pytest

from kb.api.routes import OPERATIONS
from kb.app import create_app
from kb.core.language import Locale, translate
from kb.core.messages import msg
from kb.core.ports import IndexUnavailable
from tests.api.small_content import PUBLIC

ADDRESSES = [
    operation.path.format(slug=PUBLIC, name="regions", lang="fr")
    for operation in OPERATIONS
    if operation.method == "GET"
]


class Index:
    """An index that fails; with `heals`, only until it is made anew."""

    def __init__(self, inner, error, *, heals=False):
        self.inner, self.error, self.heals, self.healed = inner, error, heals, False

    def _check(self):
        if not self.healed:
            raise self.error

    def search(self, request):
        self._check()
        return self.inner.search(request)

    def related(self, slug, limit):
        self._check()
        return self.inner.related(slug, limit)

    def stamps(self):
        self._check()
        return self.inner.stamps()

    def bookmark(self):
        self._check()
        return self.inner.bookmark()

    def apply(self, upserts, deletions, bookmark=None):
        self._check()
        self.inner.apply(upserts, deletions, bookmark)

    def replace_all(self, documents, bookmark=None):
        if not self.heals:
            raise self.error
        self.inner.replace_all(documents, bookmark)
        self.healed = True


def client_with(runtime, error, **options):
    return create_app(replace(runtime, index=Index(runtime.index, error, **options))).test_client()


def problem(status, title, detail, locale=Locale.FR, errors=()):
    return {
        "type": "about:blank",
        "title": translate(locale, msg(title)),
        "status": status,
        "detail": translate(locale, msg(detail)),
        "errors": list(errors),
    }


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("lang", ["de", "FR", "fr-BF", "../", "\0", "x" * 9999])
def test_an_unknown_language_is_refused_everywhere(small, address, lang):
    headers = {"Accept-Language": "en-GB,en;q=0.9,fr;q=0.1"}
    response = small.get(address, query_string={"lang": lang}, headers=headers)
    # Beside a page, the page's language is known.
    locale = Locale.FR if address.startswith("/fr/") else Locale.EN
    why = translate(locale, msg("is not one of %(expected)s", expected="fr, en"))
    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert response.json == problem(
        422,
        "Not valid",
        "The request is not valid.",
        locale,
        [{"field": "lang", "detail": why}],
    )


@pytest.mark.parametrize(
    ("parameters", "accepted", "locale"),
    [
        ({}, "", Locale.FR),
        ({}, "en", Locale.EN),
        ({}, "de", Locale.FR),
        ({}, "EN-us,fr;q=0.5", Locale.EN),
        ({}, "en;q=0,*", Locale.FR),
        ({}, "fr;q=1.0.0,,;;", Locale.FR),
        ({"lang": "fr"}, "en", Locale.FR),
        ({"lang": "en"}, "fr", Locale.EN),
        ({"lang": "de"}, "en", Locale.EN),
        ({"lang": ""}, "en", Locale.EN),
    ],
)
def test_a_problem_speaks_the_reader_s_language(client, parameters, accepted, locale):
    response = client.get(
        "/api/v1/nothing", query_string=parameters, headers={"Accept-Language": accepted}
    )
    assert response.status_code == 404
    assert response.json == problem(404, "Not found", "There is no such page.", locale)
    assert response.headers["Content-Language"] == locale.value
    assert response.headers["Vary"] == "Accept-Language"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "address",
    [
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/practices",
        "/api/v1/practices/",
        "/api/v1/practices/a/b",
        "/api/v1/vocabularies/secrets",
        "/api/v1/vocabularies/%00",
        "/api/../etc/passwd",
        "/de/practices/x.json",
        "/fr/nothing.json",
    ],
)
def test_addresses_that_lead_nowhere(client, address):
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert response.json == problem(404, "Not found", "There is no such page.")


def test_pages_keep_their_own_errors(client):
    for address in ("/fr/nothing", "/apis", "/fr/practices/nothing"):
        response = client.get(address)
        assert (response.status_code, response.mimetype) == (404, "text/html")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_these_addresses_only_read(small, address, method):
    response = small.open(address, method=method, json={"title": "x"})
    detail = "This address cannot be used in this way."
    assert response.status_code == 405
    assert response.json == problem(405, "Method not allowed", detail)
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("address", ["/api/v1/practices", f"/api/v1/practices/{PUBLIC}/related"])
def test_an_unusable_index_is_made_anew_at_once(small_runtime, small, address):
    client = client_with(small_runtime, IndexUnavailable("gone"), heals=True)
    healed, usual = client.get(address), small.get(address)
    assert healed.status_code == 200
    assert healed.json["results"] == usual.json["results"]


@pytest.mark.parametrize("address", ["/api/v1/practices", f"/api/v1/practices/{PUBLIC}/related"])
def test_an_index_that_cannot_be_healed(small_runtime, address):
    response = client_with(small_runtime, IndexUnavailable("/var/secret")).get(address)
    detail = "The search index is being rebuilt. Please try again in a moment."
    assert response.status_code == 503
    assert response.json == problem(503, "Not available right now", detail)
    assert response.headers["Retry-After"] == "5"


def test_one_practice_can_be_read_without_an_index(small_runtime, small):
    address = f"/api/v1/practices/{PUBLIC}"
    response = client_with(small_runtime, IndexUnavailable("gone")).get(address)
    assert (response.status_code, response.json) == (200, small.get(address).json)


def test_a_fault_of_ours_says_nothing_of_its_cause(small_runtime, caplog):
    response = client_with(small_runtime, RuntimeError("password=1")).get("/api/v1/practices")
    detail = "Something went wrong on our side; it has been noted."
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert response.json == problem(500, "Internal error", detail)
    assert [record.message for record in caplog.records] == [
        "the request to api.search_practices failed"
    ]


@pytest.mark.parametrize("address", [*ADDRESSES, "/api/v1/nothing"])
def test_other_sites_may_read_but_send_no_cookie(small, address):
    for method in ("GET", "HEAD", "OPTIONS"):
        headers = small.open(
            address, method=method, headers={"Origin": "https://a.example"}
        ).headers
        sent = {name: value for name, value in headers if name.startswith("Access-Control-")}
        assert sent == {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Allow-Headers": "If-None-Match",
            "Access-Control-Expose-Headers": "ETag, Retry-After",
        }
        assert "Set-Cookie" not in headers


def test_pages_are_not_opened_to_other_sites(client):
    assert "Access-Control-Allow-Origin" not in client.get("/fr/").headers
