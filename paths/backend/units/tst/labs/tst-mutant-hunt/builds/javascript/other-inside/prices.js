const steps = [
  { until: 5, cents: 0 },
  { until: 17, cents: 1000 },
  { until: 64, cents: 2000 },
  { until: 130, cents: 1500 },
]

export const price = (age) => {
  const step = age >= 0 ? steps.find(({ until }) => age <= until) : undefined
  if (step === undefined) throw new RangeError(`nobody is ${age} years old`)
  return step.cents
}

export const total = (ages) => {
  const full = ages.map(price).reduce((sum, cents) => sum + cents, 0)
  return ages.length > 4 ? full - full / 10 : full
}
