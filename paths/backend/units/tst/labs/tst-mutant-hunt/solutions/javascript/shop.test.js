// Tests of shop.js, with a clock and a bank of our own at its boundary.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Shop, SoldOutError, TooLateError } from './shop.js'

// A shop of three seats, a clock that stands still until it is told, and a bank that writes down what it was asked.
function begin() {
  const clock = { time: 1000, now: () => clock.time }
  const bank = {
    charged: [],
    answer: () => true,
    charge(card, cents) {
      bank.charged.push([card, cents])
      return bank.answer()
    },
  }
  return { clock, bank, shop: new Shop(['A1', 'A2', 'A3'], clock, bank) }
}

const adults = [34, 34, 34]

test('a hold has as many different seats as wanted', () => {
  const { shop } = begin()
  const { seats } = shop.hold(2)
  assert.equal(seats.length, 2)
  assert.equal(new Set(seats).size, 2)
  assert.ok(seats.every((seat) => ['A1', 'A2', 'A3'].includes(seat)))
})

test('nobody else is given a held seat', () => {
  const { shop } = begin()
  const both = [...shop.hold(2).seats, ...shop.hold(1).seats]
  assert.deepEqual(both.sort(), ['A1', 'A2', 'A3'])
})

test('says when too few seats are free', () => {
  const { shop } = begin()
  shop.hold(2)
  assert.throws(() => shop.hold(2), SoldOutError)
})

test('takes no seat when it says no', () => {
  const { shop } = begin()
  assert.throws(() => shop.hold(4), SoldOutError)
  assert.equal(shop.hold(3).seats.length, 3)
})

test('a hold is good for just under ten minutes', () => {
  const { shop, clock } = begin()
  const hold = shop.hold(3)
  clock.time += 599
  assert.throws(() => shop.hold(1), SoldOutError)
  assert.equal(shop.buy(hold, '4242', adults), true)
})

test('after ten minutes the seats are free again', () => {
  const { shop, clock } = begin()
  shop.hold(3)
  clock.time += 600
  assert.equal(shop.hold(3).seats.length, 3)
})

test('after ten minutes it is too late to buy', () => {
  const { shop, clock, bank } = begin()
  const hold = shop.hold(1)
  clock.time += 600
  assert.throws(() => shop.buy(hold, '4242', [34]), TooLateError)
  assert.deepEqual(bank.charged, [])
})

test('charges the total once', () => {
  const { shop, bank } = begin()
  assert.equal(shop.buy(shop.hold(2), '4242', [34, 8]), true)
  assert.deepEqual(bank.charged, [['4242', 3000]])
})

test('what is sold stays sold', () => {
  const { shop, clock } = begin()
  shop.buy(shop.hold(3), '4242', adults)
  clock.time += 100_000
  assert.throws(() => shop.hold(1), SoldOutError)
})

test('a refused card buys nothing', () => {
  const { shop, clock, bank } = begin()
  bank.answer = () => false
  assert.equal(shop.buy(shop.hold(3), '4242', adults), false)
  clock.time += 600
  assert.equal(shop.hold(3).seats.length, 3)
})

test('another card may be tried while the seats are kept', () => {
  const { shop, bank } = begin()
  const hold = shop.hold(3)
  bank.answer = () => false
  shop.buy(hold, '4242', adults)
  assert.throws(() => shop.hold(1), SoldOutError)
  bank.answer = () => true
  assert.equal(shop.buy(hold, '5555', adults), true)
})

test('what is free goes past the bank', () => {
  const { shop, clock, bank } = begin()
  assert.equal(shop.buy(shop.hold(3), '4242', [1, 2, 3]), true)
  assert.deepEqual(bank.charged, [])
  clock.time += 600
  assert.throws(() => shop.hold(1), SoldOutError)
})

test('a bank out of reach sells nothing', () => {
  const { shop, clock, bank } = begin()
  const hold = shop.hold(3)
  bank.answer = () => {
    throw new Error('no route to the bank')
  }
  assert.throws(() => shop.buy(hold, '4242', adults), /no route to the bank/)
  assert.throws(() => shop.hold(1), SoldOutError)
  clock.time += 600
  assert.equal(shop.hold(3).seats.length, 3)
})

test('after a bank out of reach one may try again', () => {
  const { shop, bank } = begin()
  const hold = shop.hold(1)
  bank.answer = () => {
    throw new Error('no route to the bank')
  }
  assert.throws(() => shop.buy(hold, '4242', [34]))
  bank.answer = () => true
  assert.equal(shop.buy(hold, '4242', [34]), true)
})
