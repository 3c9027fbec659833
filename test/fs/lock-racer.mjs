// Tries for a lock whenever its parent says so, and keeps it until told.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { acquireLock } from '../../dist/fs/lock.js';

let lock;
process.on('message', async (message) => {
  if (message.unlock) {
    await lock?.unlock();
    lock = undefined;
    process.send({ result: 'unlocked' });
    return;
  }
  const facts = {
    uid: process.geteuid(),
    hostname: hostname(),
    pid: process.pid,
    random: () => randomBytes(8).toString('hex'),
  };
  try {
    lock = await acquireLock(message.place, facts);
    process.send({ result: 'won' });
  } catch (error) {
    process.send({ result: error.code ?? String(error), message: error.message });
  }
});
process.send({ result: 'ready' });
