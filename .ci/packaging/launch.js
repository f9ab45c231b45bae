// Starts the native program under one of its names. Streams, signals and the exit status are the
// program's own. Nothing is downloaded, and nothing else is looked for.
"use strict";

const { spawn } = require("node:child_process");

// keyfob answers by its name, as where the names are links.
module.exports = function launch(name) {
  const { dependencies, program } = find();
  if (!program) {
    const platform = `${process.platform}-${process.arch}`;
    const known = dependencies.includes(`@keyfob/${platform}`);
    const why = known
      ? `the package @keyfob/${platform} is not installed`
      : `no package has a program for ${platform}`;
    const hint = known
      ? "install keyfob again, with optional dependencies"
      : `there are ${dependencies.join(", ")}; it can be built from its source`;
    process.stderr.write(`keyfob: error: ${why}\nkeyfob: hint: ${hint}\n`);
    process.exitCode = 1;
    return;
  }
  const child = spawn(program, process.argv.slice(2), { stdio: "inherit", argv0: name });
  const handlers = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"].map((signal) => {
    const pass = () => {
      // A key at the terminal reaches the program as well: a second signal would be one too many.
      const typed = process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT");
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
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = status;
  });
};

function find() {
  const dependencies = Object.keys(require("./package.json").optionalDependencies);
  const file = process.platform === "win32" ? "keyfob.exe" : "keyfob";
  try {
    const path = `@keyfob/${process.platform}-${process.arch}/bin/${file}`;
    return { dependencies, program: require.resolve(path) };
  } catch {
    return { dependencies, program: undefined };
  }
}
