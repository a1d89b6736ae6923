const FREE_UNTIL = 5
const CHILD_UNTIL = 17
const SENIOR_FROM = 65
const GROUP_FROM = 5

export function price(age) {
  if (age < 0 || age > 130) throw new RangeError('not an age')
  if (age <= FREE_UNTIL) return 0
  if (age <= CHILD_UNTIL) return 1000
  if (age >= SENIOR_FROM) return 1500
  return 2000
}

export function total(ages) {
  let cents = 0
  for (const age of ages) cents = cents + price(age)
  if (ages.length >= GROUP_FROM) cents = (cents * 9) / 10
  return cents
}
