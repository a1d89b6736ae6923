// Loaded before a learner's tests: writes down how long they waited by the real clock, and refuses the network.
import fs from 'node:fs'
import net from 'node:net'
import dns from 'node:dns'
import timers from 'node:timers'
import promises from 'node:timers/promises'
import { syncBuiltinESMExports } from 'node:module'
import { promisify } from 'node:util'

const isRunner = process.execArgv.includes('--test') // it runs no test itself, and hands all this on
const file = isRunner ? '' : process.env.SEEN_FILE
if (!isRunner) delete process.env.SEEN_FILE
const append = fs.appendFileSync
const LOOPBACK = /^(127\.|::1$|localhost$)/

if (file) {
  watchWaiting()
  watchNetwork()
  syncBuiltinESMExports()
}

function told(what) {
  append(file, JSON.stringify(what) + '\n')
}

function watchWaiting() {
  const waited = (delay) => {
    if (delay > 1) told({ waited: delay / 1000 })
  }
  const calling = (real, asPromise) => {
    const watched = (callback, delay, ...rest) =>
      real((...given) => {
        waited(delay)
        return callback(...given)
      }, delay, ...rest)
    const own = Object.getOwnPropertyDescriptors(real)
    if (asPromise) own[promisify.custom] = { value: asPromise, enumerable: true }
    return Object.defineProperties(watched, own)
  }
  const resolving = (real) => async (delay, ...rest) => {
    const value = await real(delay, ...rest)
    waited(delay)
    return value
  }
  promises.setTimeout = resolving(promises.setTimeout)
  promises.scheduler.wait = resolving(promises.scheduler.wait.bind(promises.scheduler))
  const ticks = promises.setInterval
  promises.setInterval = async function* (delay, ...rest) {
    for await (const value of ticks(delay, ...rest)) {
      waited(delay)
      yield value
    }
  }
  globalThis.setTimeout = timers.setTimeout = calling(timers.setTimeout, promises.setTimeout)
  globalThis.setInterval = timers.setInterval = calling(timers.setInterval)
  const wait = Atomics.wait
  Atomics.wait = (array, index, value, delay) => {
    const how = wait(array, index, value, delay)
    if (how === 'timed-out') waited(delay)
    return how
  }
}

function watchNetwork() {
  const refuse = (host) => {
    if (typeof host !== 'string' || host === '' || LOOPBACK.test(host)) return
    told({ network: host })
    throw new Error('tests are run without a network')
  }
  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...given) {
    const options = Array.isArray(given[0]) ? given[0][0] : given[0]
    refuse(typeof options === 'object' && options !== null ? options.host : given[1])
    return connect.apply(this, given)
  }
  const lookup = dns.lookup
  dns.lookup = (host, ...rest) => {
    refuse(host)
    return lookup(host, ...rest)
  }
  const later = dns.promises.lookup
  dns.promises.lookup = async (host, ...rest) => {
    refuse(host)
    return later(host, ...rest)
  }
}
