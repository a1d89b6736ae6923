"""The addresses of this app."""

from django.urls import path

from firsthand.site.labs.views import wire

urlpatterns = [
    path("run/<str:run_id>/wire/", wire.wire, name="wire"),
    path("run/<str:run_id>/wire/behind/<int:number>/", wire.behind, name="wire-behind"),
    path("run/<str:run_id>/wire/step/<int:number>/", wire.step, name="wire-step"),
    path("run/<str:run_id>/wire.pcapng", wire.as_pcapng, name="wire-pcapng"),
    path("run/<str:run_id>/wire.har", wire.as_har, name="wire-har"),
]
