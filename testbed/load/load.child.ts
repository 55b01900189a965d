/** The process that makes the requests: whatever else the starter does must not make them late. */
import { setPriority } from "node:os";

import { Generator } from "./generator.ts";
import type { Command, Reply } from "./load.ts";

let generator: Generator | undefined;

try {
  // A measurement of the proxies, not of how busy this machine is. Not everybody may, and the lag is reported anyway.
  setPriority(-5);
} catch {}

process.on("disconnect", () => process.exit(0));
process.on("message", (command: Command) => {
  void carryOut(command).then(
    (value) => send({ id: command.id, value }),
    (error: Error) => send({ id: command.id, error: error.message }),
  );
});

async function carryOut(command: Command): Promise<unknown> {
  if (command.kind === "start") {
    generator = new Generator(command.options);
    return undefined;
  }
  if (generator === undefined) throw new Error("the load has not been started");
  switch (command.kind) {
    case "mark":
      return generator.mark(command.phase);
    case "glance":
      return generator.glance();
    case "stop":
      return generator.stop();
  }
}

function send(reply: Reply): void {
  process.send?.(reply);
}
