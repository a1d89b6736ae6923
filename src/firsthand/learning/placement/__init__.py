"""What a learner knows already, from few questions: thousands of possible learners, weighed by every answer.

`prior` draws them, `evidence` says how well each explains an answer or a rating, `pool` weighs, renews and moves them,
`look_ahead` chooses the next question, `stopping` ends, `placement` is the whole of it as a caller sees it.
"""
