"""Style sheet and pictures: compressed once, kept in memory, named by their content."""

from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import mimetypes
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from werkzeug.exceptions import NotFound

from kb.web.transport import compress

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
HASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    name: str
    mimetype: str
    body: bytes
    compressed: bytes


class Assets:
    """All files of the folder, by plain name for templates and by hashed name for browsers."""

    def __init__(self, folder: Path) -> None:
        self.hashed_names: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        for path in sorted(folder.iterdir()):
            body = path.read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:HASH_LENGTH]
            name = f"{path.stem}.{digest}{path.suffix}"
            mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            self.hashed_names[path.name] = name
            self._assets[name] = Asset(name, mimetype, body, compress(body, 9))

    @property
    def by_hashed_name(self) -> Mapping[str, Asset]:
        return self._assets


def static_url(name: str) -> str:
    """The address of a file, which changes with its content; an unknown name is our mistake."""
    assets: Assets = current_app.extensions["kb.assets"]
    return url_for("static", filename=assets.hashed_names[name])


def static_file(name: str) -> Asset:
    """A file by its plain name, for what cannot live under a name that changes."""
    assets: Assets = current_app.extensions["kb.assets"]
    return assets.by_hashed_name[assets.hashed_names[name]]


def serve(filename: str) -> Response:
    """A file under the name its content gives it, and under no other."""
    assets: Assets = current_app.extensions["kb.assets"]
    asset = assets.by_hashed_name.get(filename)
    if asset is None:
        raise NotFound
    zipped = request.accept_encodings["gzip"] > 0
    response = Response(asset.compressed if zipped else asset.body, mimetype=asset.mimetype)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = FOREVER
    response.vary.add("Accept-Encoding")
    response.set_etag(filename, weak=True)
    return response


def register(app: Flask) -> None:
    """Read the folder once; the files never change under a running server."""
    app.extensions["kb.assets"] = Assets(FOLDER)
    app.add_url_rule("/static/<filename>", "static", serve)
