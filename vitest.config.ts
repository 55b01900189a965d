import { defineConfig } from "vitest/config";

import { ClosingLine } from "./test/support/closing-line.ts";
import { fleetCount } from "./test/support/shared-hosts.ts";

// Two projects: rules and contracts run beside each other, whole stories two at a time, each on a fleet of real hosts.
export default defineConfig({
  test: {
    reporters: [process.stdout.isTTY ? "default" : "verbose", new ClosingLine()],
    projects: [
      {
        test: {
          name: "rules",
          include: ["{src,helper,testbed,setup,bench}/**/*.test.ts", "test/*.test.ts"],
          exclude: ["**/*.hosts.test.ts", "**/node_modules/**"],
        },
      },
      {
        test: {
          name: "hosts",
          include: ["{src,helper,testbed}/**/*.hosts.test.ts", "test/journeys/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          globalSetup: ["./test/support/shared-hosts.ts"],
          fileParallelism: true,
          maxWorkers: fleetCount,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
