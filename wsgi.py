"""The WSGI application for a production server."""

from config import load_settings
from kb.app import create_app
from kb.core.logs import configure_logging
from kb.wiring import build_runtime

settings = load_settings()
configure_logging(settings.log_format)
app = create_app(build_runtime(settings))
