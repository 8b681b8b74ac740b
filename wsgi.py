"""The WSGI application for a production server."""

from config import load_settings
from kb.app import create_app
from kb.wiring import build_runtime

app = create_app(build_runtime(load_settings()))
