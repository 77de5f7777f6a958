"""All addresses: health here, pages in jieyue.web, the interface for programs in jieyue.api."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from jieyue.config.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
# The rooms above are optional parts: an office without pages or API is still an office.
for room, prefix in (("jieyue.api.urls", "api/"), ("jieyue.web.urls", "")):
    if find_spec(room) is not None:
        urlpatterns.append(path(prefix, include(room)))

handler400 = "jieyue.web.errors.bad_request"
handler403 = "jieyue.web.errors.forbidden"
handler404 = "jieyue.web.errors.not_found"
handler500 = "jieyue.web.errors.broken"
