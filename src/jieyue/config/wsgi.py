"""The WSGI door for gunicorn: `gunicorn jieyue.config.wsgi`."""

from jieyue.config.boot import setup
from jieyue.config.home import Home

setup(Home.open())

from django.core.wsgi import get_wsgi_application  # noqa: E402  after the settings are known

application = get_wsgi_application()
