"""The addresses of this app."""

from django.urls import path

from firsthand.site.labs.views import accuracy, bench, lab, run, wire

urlpatterns = [
    path("labs/", lab.labs, name="labs"),
    path("lab/<str:lab_id>/", lab.lab, name="lab"),
    path("lab/<str:lab_id>/stage/<str:stage>/", lab.lab, name="lab-stage"),
    path("lab/<str:lab_id>/check/", lab.check, name="lab-check"),
    path("lab/<str:lab_id>/hint/<str:check_id>/", lab.hint, name="lab-hint"),
    path("lab/<str:lab_id>/accuracy/", accuracy.of_lab, name="lab-accuracy"),
    path("accuracy/", accuracy.accuracy, name="accuracy"),
    path("runs/", run.runs, name="runs"),
    path("compare/", run.two, name="compare"),
    path("bench/", bench.bench, name="bench"),
    path("bench/state/", bench.state, name="bench-state"),
    path("run/<str:run_id>/", run.run, name="run"),
    path("run/<str:run_id>/stop/", run.stop, name="run-stop"),
    path("run/<str:run_id>/wire/", wire.wire, name="wire"),
    path("run/<str:run_id>/wire/behind/<int:number>/", wire.behind, name="wire-behind"),
    path("run/<str:run_id>/wire/step/<int:number>/", wire.step, name="wire-step"),
    path("run/<str:run_id>/wire.pcapng", wire.as_pcapng, name="wire-pcapng"),
    path("run/<str:run_id>/wire.har", wire.as_har, name="wire-har"),
]
