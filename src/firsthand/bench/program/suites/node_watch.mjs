// Loaded before a learner's tests: writes down how long they waited by the real clock, and refuses the network.
import fs from 'node:fs'
import net from 'node:net'
import dns from 'node:dns'
import timers from 'node:timers'
import promises from 'node:timers/promises'
import { syncBuiltinESMExports } from 'node:module'

const file = process.env.SEEN_FILE
delete process.env.SEEN_FILE
const append = fs.appendFileSync
const LOOPBACK = /^(127\.|::1$|localhost$)/

if (file && process.env.NODE_TEST_CONTEXT) {
  watchWaiting()
  watchNetwork()
  syncBuiltinESMExports()
}

function told(what) {
  append(file, JSON.stringify(what) + '\n')
}

function watchWaiting() {
  const real = timers.setTimeout
  const watched = (callback, delay, ...rest) =>
    real((...given) => {
      if (delay > 1) told({ waited: delay / 1000 })
      return callback(...given)
    }, delay, ...rest)
  Object.defineProperties(watched, Object.getOwnPropertyDescriptors(real))
  globalThis.setTimeout = timers.setTimeout = watched
  const later = promises.setTimeout
  promises.setTimeout = async (delay, ...rest) => {
    const value = await later(delay, ...rest)
    if (delay > 1) told({ waited: delay / 1000 })
    return value
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
