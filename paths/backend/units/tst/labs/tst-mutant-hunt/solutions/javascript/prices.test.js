// Tests of prices.js: each promise at its boundaries, where mistakes live.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { price, total } from './prices.js'

describe('price', () => {
  const boundaries = [[0, 0], [5, 0], [6, 1000], [17, 1000], [18, 2000], [64, 2000], [65, 1500], [130, 1500]]
  for (const [age, cents] of boundaries) {
    test(`at ${age} it is ${cents}`, () => {
      assert.equal(price(age), cents)
    })
  }

  for (const age of [-1, 131]) {
    test(`refuses the age ${age}`, () => {
      assert.throws(() => price(age), RangeError)
    })
  }
})

describe('total', () => {
  test('is nothing for nobody', () => {
    assert.equal(total([]), 0)
  })

  test('adds up the prices', () => {
    assert.equal(total([34, 8, 70]), 2000 + 1000 + 1500)
  })

  test('is in full for four tickets', () => {
    assert.equal(total([30, 30, 30, 30]), 8000)
  })

  test('is a tenth less for five tickets', () => {
    assert.equal(total([30, 30, 30, 30, 30]), 9000)
  })

  test('is a tenth less on all tickets', () => {
    assert.equal(total([30, 30, 30, 30, 30, 30, 30]), 12600)
  })

  test('counts free tickets as tickets', () => {
    assert.equal(total([30, 30, 30, 30, 2]), 7200)
  })

  test('leaves the array as it was', () => {
    const ages = [70, 8, 34]
    total(ages)
    assert.deepEqual(ages, [70, 8, 34])
  })
})
