"""Backups taken apart and put together again, with a manifest that fits or lies."""

import hashlib
import io
import json
from pathlib import Path
import tarfile

Parts = list[tuple[tarfile.TarInfo, bytes]]


def parts_of(path: Path) -> Parts:
    with tarfile.open(path) as archive:
        return [(info, (archive.extractfile(info) or io.BytesIO()).read()) for info in archive]


def put_together(path: Path, parts: Parts) -> Path:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for info, body in parts:
            info.size = len(body) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(body))
    return path


def sealed(parts: Parts, **changes: object) -> Parts:
    """The same parts with a manifest that fits them, but for what it is made to say."""
    manifest = json.loads(parts[-1][1])
    manifest["members"] = {
        info.name: {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        for info, body in parts[:-1]
    }
    for name, value in changes.items():
        holder = manifest["holdings"] if name in manifest["holdings"] else manifest
        holder[name] = value
    facts = {name: value for name, value in manifest.items() if name != "digest"}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    manifest["digest"] = hashlib.sha256(text.encode()).hexdigest()
    return [*parts[:-1], (tarfile.TarInfo("manifest.json"), json.dumps(manifest).encode())]
