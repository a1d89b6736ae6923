"""The addresses of the way."""

from django.urls import path

from firsthand.site.path import preview
from firsthand.site.path.views import courses, glossary, lesson, search, the_map, theme, unit

urlpatterns = [
    path("", the_map.picture, name="map"),
    path("list/", the_map.as_list, name="list"),
    path("unit/<str:unit_id>/", unit.unit, name="unit"),
    path("lesson/<str:unit_id>/<str:slug>/", lesson.lesson, name="lesson"),
    path("lesson/<str:unit_id>/<str:slug>/read/", lesson.read, name="lesson-read"),
    path("courses/", courses.courses, name="courses"),
    path("courses/<str:course_id>/", courses.keep, name="course-keep"),
    path("glossary/", glossary.glossary, name="glossary"),
    path("search/", search.search, name="search"),
    path("preview/changed/", preview.changed, name="preview-changed"),
    path("preview/findings/", preview.findings, name="preview-findings"),
    path("theme/", theme.theme, name="theme"),
]
