// Starts the native program under one of its names. Streams, signals and the exit status are the
// program's own. Nothing is downloaded, and nothing else is looked for.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { isatty } = require("node:tty");

const WINDOWS = process.platform === "win32";

// keyfob answers by its name, as where the names are links.
module.exports = function launch(name) {
  const packages = fitting();
  const program = find(packages);
  if (!program) {
    fail(packages);
    return;
  }
  const child = spawn(program, process.argv.slice(2), { stdio: "inherit", argv0: name });
  const handlers = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"].map((signal) => {
    const pass = () => {
      // A key at the terminal reaches the program as well: a second signal would be one too many.
      const atTerminal = [0, 1, 2].some((stream) => isatty(stream));
      const typed = atTerminal && (signal === "SIGINT" || signal === "SIGQUIT");
      if (!typed) child.kill(signal);
    };
    process.on(signal, pass);
    return [signal, pass];
  });
  child.on("error", (error) => {
    process.stderr.write(`keyfob: error: ${program} cannot be started: ${error.code}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (status, signal) => {
    for (const [name, pass] of handlers) process.off(name, pass);
    if (!signal) {
      process.exitCode = status;
      return;
    }
    // Node ignores some signals, and starts a debugger at SIGUSR1: then the shells' number is told.
    process.exitCode = 128 + constants.signals[signal];
    if (signal !== "SIGUSR1") process.kill(process.pid, signal);
  });
};

// The packages whose program runs here, the best first: Windows on arm64 runs one for x86-64.
function fitting() {
  const processors = WINDOWS && process.arch === "arm64" ? ["arm64", "x64"] : [process.arch];
  return processors.map((processor) => `@keyfob/${process.platform}-${processor}`);
}

function find(packages) {
  for (const name of packages) {
    try {
      return require.resolve(`${name}/bin/${WINDOWS ? "keyfob.exe" : "keyfob"}`);
    } catch {
      // The next one, or none.
    }
  }
  return undefined;
}

function fail(packages) {
  const dependencies = Object.keys(require("./package.json").optionalDependencies);
  const known = packages.find((name) => dependencies.includes(name));
  const why = known
    ? `the package ${known} is not installed`
    : `no package has a program for ${process.platform}-${process.arch}`;
  const hint = known
    ? "install @keyfob/keyfob again, with optional dependencies"
    : `there are ${dependencies.join(", ")}; it can be built from its source`;
  process.stderr.write(`keyfob: error: ${why}\nkeyfob: hint: ${hint}\n`);
  process.exitCode = 1;
}
