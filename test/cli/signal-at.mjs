/**
 * Loaded into imgdl with --import: sends itself a signal where a function of Node is called, before it does its work.
 * SIGNAL_AT is `module.name:nth`, such as `node:os.hostname:1`, or `node:net.Server.prototype.listen:2`. SIGNAL is which;
 * SIGTERM where it is not said.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const [target = '', nth] = (process.env.SIGNAL_AT ?? '').split(/:(?=\d+$)/);
const [module = '', ...path] = target.split('.');
const name = path.pop();
const owner = path.reduce((object, key) => object[key], createRequire(import.meta.url)(module));
const original = owner[name];
let calls = 0;
owner[name] = function (...args) {
  calls += 1;
  if (calls === Number(nth)) process.kill(process.pid, process.env.SIGNAL ?? 'SIGTERM');
  return Reflect.apply(original, this, args);
};
syncBuiltinESMExports();
