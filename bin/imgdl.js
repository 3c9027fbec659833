#!/usr/bin/env node
// Written so that an old Node can still read it: it has to say what is wrong. CommonJS (bin/package.json says so),
// because the loader of ES modules costs a tenth of the start of Node, and scripts ask for the version often.
var fs = require('fs');
var path = require('path');

/** Signals that came before a command watches them, oldest first. */
var early = [];
var parts = process.versions.node.split('.').map(Number);

if (parts[0] < 20 || (parts[0] === 20 && parts[1] < 19)) {
  process.stderr.write('imgdl: usage.platform: Node ' + process.versions.node + ' is too old\n');
  process.stderr.write('hint: install Node 20.19 or later\n');
  process.exitCode = 2;
} else if (process.platform === 'win32') {
  process.stderr.write('imgdl: usage.platform: Windows is not supported\n');
  process.stderr.write('hint: run imgdl on Linux or macOS, or in WSL\n');
  process.exitCode = 2;
} else if (!answered(process.argv.slice(2))) {
  // The parser of HTTP is WebAssembly. Optimising it costs 40 ms of CPU and 27 MiB, and saves nothing: it reads headers.
  require('v8').setFlagsFromString('--liftoff-only');
  keepSignals();
  preload('../dist/cli/main.js');
  import('../dist/cli/main.js').then(function (main) {
    return main.main(early);
  });
}

/** Loading takes longest of all: a signal that comes meanwhile waits for the command, which ends by it and says so. */
function keepSignals() {
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () {
      early.push(signal);
    });
  });
  // Node would open its debugger on a port of this machine, and who connects to that is asked for no password. People
  // who know dd send this signal to see how far it is.
  process.on('SIGUSR1', function () {});
}

/** As src/cli/startup.ts, which says why. */
function preload(file) {
  try {
    require(file);
  } catch {
    // import() will say what is wrong.
  }
}

/** Version and help are read from files. What goes wrong here, or is not spelled like this, is left to the program. */
function answered(args) {
  var text;
  try {
    text = args.length === 1 && (args[0] === '--version' || args[0] === '-V') ? version() : help(args);
    if (text === undefined) return false;
    print(Buffer.from(text));
    return true;
  } catch {
    return false;
  }
}

function version() {
  return JSON.parse(fs.readFileSync(path.join(__dirname, '../package.json'), 'utf8')).version + '\n';
}

/** Of `help WORD...`, `WORD... --help` or `WORD... -h`. The files are commander's words: npm run docs writes them. */
function help(args) {
  var last = args[args.length - 1];
  var asked = args[0] === 'help' || last === '--help' || last === '-h';
  var words = args[0] === 'help' ? args.slice(1) : args.slice(0, -1);
  // Nothing but letters may become part of a path.
  if (!asked || !/^[a-z ]*$/.test(words.join(' '))) return undefined;
  return fs.readFileSync(path.join(__dirname, 'help', ['imgdl'].concat(words).join('-') + '.txt'));
}

/** All of it, or an exception: Node's own process.stdout loses both the rest of a text and the error. */
function print(bytes) {
  var at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      // A pipe that somebody made non-blocking, and that is full.
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
