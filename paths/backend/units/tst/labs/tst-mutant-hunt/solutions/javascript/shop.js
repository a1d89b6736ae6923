/*
The shop that sells the seats. It needs a clock and a bank, and is given both.

    const shop = new Shop(['A1', 'A2', 'A3'], clock, bank)
    const hold = shop.hold(2)              // two seats are kept for you
    shop.buy(hold, '4242', [34, 8])        // true: paid, they are yours

`clock.now()` gives the time in seconds, as a number that never goes back.
`bank.charge(card, cents)` gives true when the card was charged, and false when the bank refuses.
When the bank cannot be reached, `charge` throws an error.

The promises of this module:

  S1  hold(count) gives a hold. Its `seats` are so many different free seats, as an array.
      Which ones, and in which order, is left open.
  S2  Seats that are held or sold are given to nobody else.
  S3  When fewer seats are free than somebody wants, hold throws a SoldOutError, and no seat is taken.
  S4  A hold lasts 600 seconds. From the 600th second on its seats are free again,
      and buy throws a TooLateError without asking the bank.
  S5  buy(hold, card, ages) charges total(ages) to the card, once, and gives true. Then the seats are sold for ever.
  S6  When the bank refuses, buy gives false. Nothing is sold, and the hold goes on as before:
      another card may be tried.
  S7  When there is nothing to pay, the bank is not asked at all. The seats are sold.
  S8  When the bank cannot be reached, its error comes out of buy. Nothing is sold, and the hold goes on.

How often and when the shop asks the clock is left open. So is what the errors say.
*/

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
    this._bank = bank
  }

  hold(count) {
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
    if (this._clock.now() >= hold.until) throw new TooLateError('this hold is over')
    const cents = total(ages)
    if (cents > 0 && !this._bank.charge(card, cents)) return false
    hold.seats.forEach((seat) => this._sold.add(seat))
    return true
  }
}
