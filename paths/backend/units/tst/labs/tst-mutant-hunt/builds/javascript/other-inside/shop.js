import * as prices from './prices.js'

export class SoldOutError extends Error {}

export class TooLateError extends Error {}

export class Shop {
  #plan
  #kept = new Map()
  #time
  #money

  constructor(seats, clock, bank) {
    this.#plan = Object.freeze([...seats])
    this.#time = clock
    this.#money = bank
  }

  hold(count) {
    const begins = this.#time.now()
    const kept = [...this.#kept.values()].filter(({ paid, ends }) => paid || begins < ends)
    const gone = new Set(kept.flatMap(({ seats }) => seats))
    const seats = this.#plan.filter((seat) => !gone.has(seat)).slice(0, count)
    if (seats.length !== count) throw new SoldOutError(`only ${seats.length} seats are free`)
    const hold = { seats }
    this.#kept.set(hold, { seats, ends: begins + 600, paid: false })
    return hold
  }

  buy(hold, card, ages) {
    const own = this.#kept.get(hold)
    if (!(this.#time.now() < own.ends)) throw new TooLateError('this hold is over')
    const due = prices.total(ages)
    own.paid ||= due === 0 || this.#money.charge(card, due) === true
    return own.paid
  }
}
