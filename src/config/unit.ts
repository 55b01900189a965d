import { z } from "zod";

import { argumentList, duration, memorySize, optional, runUser, textUpTo } from "./values.ts";

/** systemd gives these a meaning of their own at the beginning of a command. */
const program = argumentList.refine(
  ([first = ""]) => !/^[@\-:+!|]/.test(first),
  "must not begin with one of @ - : + ! |, which systemd takes as a privilege",
);

export const unitSchema = z.strictObject({
  exec: optional(
    program,
    "The argument list that starts the service, in the release's directory. Without a path the program is looked up on the host.",
    { examples: [["java", "-jar", "orders.jar"]] },
  ),
  user: optional(runUser, "The user that the service runs as; never root. Default: the name of the service."),
  description: optional(
    textUpTo(200).regex(/^[^\0-\x1F\x7F]+$/, "must be one line"),
    "What systemctl shows. Default: the name of the service.",
  ),
  type: optional(z.enum(["simple", "exec", "notify"]), "When systemd takes the service as started.", {
    default: "exec",
  }),
  restart: optional(z.enum(["always", "on-failure", "no"]), "When systemd starts it again by itself.", {
    default: "on-failure",
  }),
  restartAfter: optional(duration({ max: "1h" }), "How long systemd waits before that.", { default: "2s" }),
  stopWithin: optional(
    duration({ min: "1s", max: "1h" }),
    "How long the service may take to stop after SIGTERM before it is killed.",
    { default: "30s" },
  ),
  successExitStatus: optional(
    z.array(z.int().min(0, "must be at least 0").max(255, "must be at most 255")).max(32, "must have at most 32"),
    "Exit statuses that are no failure. A Java service ends with 143 after SIGTERM.",
    { default: [143] },
  ),
  memoryMax: optional(memorySize, "The most memory it may use, as in systemd's MemoryMax.", { examples: ["512M"] }),
  openFiles: optional(
    z.int().min(64, "must be at least 64").max(1_048_576, "must be at most 1048576"),
    "The most files it may have open, as in systemd's LimitNOFILE.",
  ),
});

export type UnitSettings = z.output<typeof unitSchema>;
