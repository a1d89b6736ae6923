"""The addresses of practice: where to start, what comes next, the plan, reviews, evidence."""

from django.urls import path

from firsthand.site.practice.views import evidence, plan, question, review, start
from firsthand.site.practice.views import next as next_page

urlpatterns = [
    path("start/", start.start, name="start"),
    path("start/question/", start.question, name="start-question"),
    path("start/result/", start.result, name="start-result"),
    path("start/result/<str:unit_id>/", start.correct, name="start-correct"),
    path("next/", next_page.next_steps, name="next"),
    path("plan/", plan.plan, name="plan"),
    path("plan.ics", plan.plan_ics, name="plan-ics"),
    path("review/", review.review, name="review"),
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/export", evidence.export, name="evidence-export"),
    path("evidence/import", evidence.bring, name="evidence-import"),
    path("question/<str:question_id>/", question.question, name="question"),
]
