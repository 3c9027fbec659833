import { fin, rst, stall } from '../support/fault-server.js';
import { cut, steps } from './answers.js';
import type { FaultCase } from './fault-case.js';
import { catalogue } from './run-case.js';

const HALF = 400_000;
const BRIEF = ['--timeout', '400ms'];

const cases: readonly FaultCase[] = [
  {
    id: 'connection/reset-before-status',
    title: 'the connection is reset after the request, before a word came',
    data: [steps(rst)],
    exit: 6,
    code: 'net.reset',
    files: 'nothing',
  },
  {
    id: 'connection/reset-before-status-once',
    title: 'once: the GET is repeated',
    data: [steps(rst)],
    exit: 0,
    files: 'complete',
  },
  {
    id: 'connection/cut-in-the-middle',
    title: 'the body ends with a FIN in its middle',
    data: [cut(HALF, fin)],
    exit: 6,
    code: 'net.truncated',
    files: 'kept',
  },
  {
    id: 'connection/stall',
    title: 'the body stops for ever, and the socket stays open',
    data: [cut(HALF, stall)],
    args: BRIEF,
    exit: 6,
    code: 'net.stall',
    files: 'kept',
  },
  {
    id: 'connection/resume-keeps',
    title: 'what an earlier run kept',
    heldTo: 300_000,
    data: [cut(HALF, fin)],
    exit: 6,
    code: 'net.truncated',
    files: 'kept',
  },
  {
    id: 'connection/glance-cut',
    title: 'glance',
    service: 'glance',
    data: [cut(HALF, fin)],
    exit: 6,
    code: 'net.truncated',
    files: 'kept',
  },
  {
    id: 'connection/uforge-cut',
    title: 'uforge',
    service: 'uforge',
    data: [cut(HALF, fin)],
    exit: 6,
    code: 'net.truncated',
    files: 'kept',
  },
];

catalogue('connection', cases);
