#!/usr/bin/env node
/** The executable: looks at the Node that runs it, then hands the arguments to `cli/`. Nothing is imported before that. */
const oldestNode = 24;

if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  process.stderr.write(`signalbox needs Node ${oldestNode} or newer; this is Node ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const [{ run }, { processShell }] = await Promise.all([import("./cli/program.ts"), import("./cli/process-shell.ts")]);
  const exitCode = await run(process.argv.slice(2), processShell());
  // A command that prints by itself may have set its own.
  if (exitCode !== 0) process.exitCode = exitCode;
}
