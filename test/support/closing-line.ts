/** Ends a test run with the one line that people and CI read: `N passed, N failed`. */
import type { Reporter, TestModule } from "vitest/node";

export class ClosingLine implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === "pending") count.skipped += 1;
        else count[state] += 1;
      }
      // A group whose beginning failed has only skipped tests, and must not look like one that passed.
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
      if (module.children.size === 0 || module.errors().length > 0) count.failed += module.errors().length;
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}
