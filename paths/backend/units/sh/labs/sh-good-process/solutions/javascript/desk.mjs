// The stamping desk of a small shop: makes receipts of orders.
//
//   desk.mjs settings      say with which settings it would work
//   desk.mjs stamp FILE    make the receipt of one order
//   desk.mjs               take orders from the inbox until it is asked to end

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';

const LOOK_MS = 50; // how long the desk rests when there is no order

/** What cannot be done, in words for whoever started the program. */
class Refused extends Error {}

/** All that comes from outside, read in one place at the start. What is empty counts as not set. */
function readSettings(env) {
  const settings = {
    shop: env.SHOP || 'Corner Shop',
    stampMs: wholeNumber('STAMP_MS', env.STAMP_MS || '100', 60_000),
    groupReads: env.GROUP_READS === '1',
    desk: env.DESK_DIR,
  };
  if (!settings.desk) throw new Refused('DESK_DIR is not set. Example: DESK_DIR=desk');
  if (!fs.statSync(settings.desk, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Refused(`DESK_DIR must be a folder, and ${settings.desk} is none.`);
  }
  return settings;
}

/** The number that this text says, in digits only: Number() would also take "1e3", " 7" and "0x10". */
function wholeNumber(name, text, most) {
  if (!/^[0-9]+$/.test(text) || Number(text) > most) {
    throw new Refused(`${name} must be a whole number from 0 to ${most}, not '${text}'.`);
  }
  return Number(text);
}

/** Stamps orders with the seal that it has read last. */
class Desk {
  ending = false;
  sealIsOld = false;

  constructor(settings) {
    this.settings = settings;
    this.inbox = path.join(settings.desk, 'inbox');
    this.receipts = path.join(settings.desk, 'receipts');
    this.seal = this.readSeal();
  }

  /** The seal. Whoever knows it can forge receipts, so nobody but its owner may reach it. */
  readSeal() {
    const file = path.join(this.settings.desk, 'seal');
    let seal;
    try {
      if (fs.statSync(file).mode & 0o077) {
        throw new Refused(`${file} is open to others. Close it: chmod 600 ${file}`);
      }
      seal = fs.readFileSync(file, 'utf8').split(/\r?\n/)[0];
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused(`The seal ${file} cannot be read: ${error.message}`);
    }
    if (!seal) throw new Refused(`The seal ${file} is empty.`);
    return seal;
  }

  /** Make the receipt of this file. It is there whole, with its mode, or not at all. */
  async stamp(order) {
    const { seal } = this;
    let text;
    try {
      text = fs.readFileSync(order);
    } catch (error) {
      throw new Refused(`The order ${order} cannot be read: ${error.message}`);
    }
    await rest(this.settings.stampMs);
    this.makeFolder();
    const name = path.basename(order);
    const draft = path.join(this.receipts, `.${name}`);
    const receipt = Buffer.concat([Buffer.from(`${this.settings.shop}\n`), text, Buffer.from(`sealed: ${seal}\n`)]);
    fs.rmSync(draft, { force: true });
    // Nobody else may look into it before its mode is right: the umask can only take more away.
    fs.writeFileSync(draft, receipt, { flag: 'wx', mode: 0o600 });
    fs.chmodSync(draft, this.settings.groupReads ? 0o640 : 0o600);
    fs.renameSync(draft, path.join(this.receipts, name));
  }

  /** The folder of receipts, if this is the first one. */
  makeFolder() {
    if (fs.existsSync(this.receipts)) return;
    fs.mkdirSync(this.receipts, { mode: 0o700 });
    fs.chmodSync(this.receipts, this.settings.groupReads ? 0o750 : 0o700);
  }

  /** Take orders until asked to end. A signal only leaves a note, so that no order is left half done. */
  async serve() {
    for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => (this.ending = true));
    process.on('SIGHUP', () => (this.sealIsOld = true));
    fs.mkdirSync(this.inbox, { recursive: true });
    console.log('ready');
    while (!this.ending) {
      if (this.sealIsOld) this.changeSeal();
      const [first] = fs.readdirSync(this.inbox).filter((name) => !name.startsWith('.')).sort();
      if (first) await this.do(first);
      else await rest(LOOK_MS);
    }
  }

  /** One order: only when its receipt is there is it taken out of the inbox. */
  async do(name) {
    const order = path.join(this.inbox, name);
    console.log(`begin ${name}`);
    await this.stamp(order);
    fs.unlinkSync(order);
    console.log(`done ${name}`);
  }

  /** Read the seal again. A desk with its old seal is better than none. */
  changeSeal() {
    this.sealIsOld = false;
    try {
      this.seal = this.readSeal();
      console.log('reloaded');
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      console.log(`not reloaded: ${error.message}`);
    }
  }
}

async function main(words) {
  const settings = readSettings(process.env);
  const [command, file] = words;
  if (words.length === 0) {
    await new Desk(settings).serve();
  } else if (command === 'settings' && words.length === 1) {
    console.log(`SHOP=${settings.shop}\nSTAMP_MS=${settings.stampMs}\nGROUP_READS=${Number(settings.groupReads)}`);
  } else if (command === 'stamp' && words.length === 2) {
    await new Desk(settings).stamp(file);
  } else {
    console.error('usage: desk.mjs [settings | stamp FILE]');
    process.exitCode = 2;
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(`desk: ${error.message}`);
  process.exitCode = 1;
}
