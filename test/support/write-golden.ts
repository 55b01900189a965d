/**
 * Writes the golden journals that do not exist yet: `node test/support/write-golden.ts`.
 *
 * One that exists is only written again when it is named: a golden journal changes when a rule changes on purpose.
 */
import { goldenNames, writeGolden } from "./golden-journal.ts";
import { stories } from "./stories.ts";
import { tell } from "./story-teller.ts";

const named = new Set(process.argv.slice(2));
const existing = new Set(goldenNames());
for (const [name, story] of Object.entries(stories)) {
  if (existing.has(name) && !named.has(name)) continue;
  writeGolden(name, tell(story));
  process.stdout.write(`wrote ${name}\n`);
}
