"""What a learner answers and plans: placement, plan, next, reviews, evidence."""
