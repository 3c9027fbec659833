#!/usr/bin/env node
// Written so that an old Node can still read it: it has to say what is wrong.
import { readFileSync, writeSync } from 'fs';

var parts = process.versions.node.split('.').map(Number);
var args = process.argv.slice(2);

if (parts[0] < 20 || (parts[0] === 20 && parts[1] < 19)) {
  process.stderr.write('imgdl: usage.platform: Node ' + process.versions.node + ' is too old\n');
  process.stderr.write('hint: install Node 20.19 or later\n');
  process.exitCode = 2;
} else if (process.platform === 'win32') {
  process.stderr.write('imgdl: usage.platform: Windows is not supported\n');
  process.stderr.write('hint: run imgdl on Linux or macOS, or in WSL\n');
  process.exitCode = 2;
} else if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  // Answered here, without loading anything: scripts ask it often.
  try {
    writeSync(1, JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version + '\n');
  } catch (error) {
    process.stderr.write(
      'imgdl: output.failed: writing the version to stdout: ' +
        (error.code === 'ENOSPC' ? 'no space left (ENOSPC)' : error.code) +
        '\n',
    );
    process.stderr.write('hint: check where stdout goes\n');
    process.exitCode = 15;
  }
} else {
  import('../dist/cli/main.js').then((main) => main.main());
}
