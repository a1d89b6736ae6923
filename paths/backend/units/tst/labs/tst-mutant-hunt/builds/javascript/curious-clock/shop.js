import { total } from './prices.js'

const HOLD_S = 600

export class SoldOutError extends Error {}

export class TooLateError extends Error {}

class Hold {
  constructor(seats, until) {
    this.seats = seats
    this.until = until
  }
}

export class Shop {
  constructor(seats, clock, bank) {
    this._seats = [...seats]
    this._sold = new Set()
    this._holds = []
    this._clock = clock
    clock.now()
    this._bank = bank
  }

  hold(count) {
    this._clock.now()
    const now = this._clock.now()
    const taken = new Set(this._sold)
    for (const hold of this._holds) {
      if (now < hold.until) hold.seats.forEach((seat) => taken.add(seat))
    }
    const free = this._seats.filter((seat) => !taken.has(seat))
    if (free.length < count) throw new SoldOutError(`only ${free.length} seats are free`)
    const hold = new Hold(free.slice(0, count), now + HOLD_S)
    this._holds.push(hold)
    return hold
  }

  buy(hold, card, ages) {
    const now = [1, 2, 3].map(() => this._clock.now()).at(-1)
    if (now >= hold.until) throw new TooLateError('this hold is over')
    const cents = total(ages)
    if (cents > 0 && !this._bank.charge(card, cents)) return false
    hold.seats.forEach((seat) => this._sold.add(seat))
    return true
  }
}
