"""Promise 19: whatever happens to the index, pages answer, and it heals."""

from collections.abc import Callable
from pathlib import Path
import shutil

from flask.testing import FlaskClient
import pytest

from kb.app import create_app
from kb.runtime import Runtime
from kb.wiring import build_runtime

QUERY = "/fr/practices?q=mediation+fonciere&kind=all"
Damage = Callable[[Path], object]


def each_file(change: Callable[[Path], object]) -> Damage:
    def damage(index: Path) -> None:
        for path in sorted(index.rglob("*")):
            if path.is_file():
                change(path)

    return damage


DAMAGES: dict[str, Damage] = {
    "gone": shutil.rmtree,
    "emptied": each_file(Path.unlink),
    "truncated": each_file(lambda path: path.write_bytes(path.read_bytes()[:-7])),
    "cut to nothing": each_file(lambda path: path.write_bytes(b"")),
    "garbled": each_file(
        lambda path: path.write_bytes(bytes(byte ^ 0x5A for byte in path.read_bytes()))
    ),
    "pointing nowhere": lambda index: (index / "CURRENT").write_text("never"),
}


def found(client: FlaskClient) -> bytes:
    response = client.get(QUERY)
    assert response.status_code == 200
    return response.data


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_while_the_server_runs(content_runtime: Runtime, damage: str) -> None:
    client = create_app(content_runtime).test_client()
    before = found(client)
    DAMAGES[damage](content_runtime.settings.data_dir / "index")
    statuses = [client.get(address).status_code for address in (QUERY, "/fr/", "/en/practices")]
    assert set(statuses) <= {200, 503}
    assert client.get("/fr/practices/case-de-la-paix-gao").status_code == 200
    # The first answers may come from what is still open; the next process sees the damage.
    again = build_runtime(content_runtime.settings)
    try:
        fresh = create_app(again).test_client()
        assert found(fresh) == before
        assert fresh.get("/readyz").status_code == 200
    finally:
        again.close()
    assert found(client) == before


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_while_nothing_runs(content_runtime: Runtime, damage: str) -> None:
    before = found(create_app(content_runtime).test_client())
    DAMAGES[damage](content_runtime.settings.data_dir / "index")
    again = build_runtime(content_runtime.settings)
    try:
        assert found(create_app(again).test_client()) == before
    finally:
        again.close()


def test_an_index_that_cannot_be_made_is_said_calmly(content_runtime: Runtime) -> None:
    """The alphabetical list instead, and 503 so that nobody keeps it; the file stays."""
    index = content_runtime.settings.data_dir / "index"
    shutil.rmtree(index)
    index.write_text("somebody else's file")
    response = create_app(content_runtime).test_client().get(QUERY)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.get_data(as_text=True).count('href="/fr/practices/') >= 43
    assert index.read_text() == "somebody else's file"
