"""The addresses of the site: each app has its own below these."""

from django.urls import include, path

from firsthand.site import safety, streams
from firsthand.site.api.v1 import api

urlpatterns = [
    path("enter/<str:link>/", safety.enter, name="enter"),
    path("live/", streams.changes, name="live"),
    path("run/<str:run_id>/events", streams.run_events, name="run-events"),
    path("api/v1/runs/<str:run_id>/events", streams.run_events, name="api-run-events"),
    path("api/v1/", api.urls),
    path("", include("firsthand.site.path.urls")),
    path("", include("firsthand.site.practice.urls")),
    path("", include("firsthand.site.labs.urls")),
]

handler400 = "firsthand.site.trouble.bad_request"
handler403 = "firsthand.site.trouble.refused"
handler404 = "firsthand.site.trouble.not_found"
handler500 = "firsthand.site.trouble.broken"
