"""The addresses of practice: where to start, what comes next, the plan, reviews, evidence."""

from django.urls import path

from firsthand.site.practice.views import question

urlpatterns = [
    path("question/<str:question_id>/", question.question, name="question"),
]
