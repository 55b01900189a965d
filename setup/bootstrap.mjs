/**
 * From a fresh machine to a running demo or test: `node setup/bootstrap.mjs <demo | test | test:all>`.
 *
 * Plain JavaScript without packages, because it has to run before anything is installed, on the Node that the
 * machine happens to have (18 or newer).
 */
import { delimiter, join } from "node:path";

import { installModules, pinnedNode } from "./modules.mjs";
import { prepareForHosts } from "./packages.mjs";
import { quietly, root, run, say } from "./say.mjs";

const commands = {
  demo,
  test: (words) => test(words, process.env),
  "test:all": (words) => test(words, { ...process.env, SIGNALBOX_TEST_ALL: "1" }),
};

async function demo(words) {
  const impossible = await prepareForHosts();
  if (impossible) {
    say(`The demo deploys to real hosts on this machine, and cannot: ${impossible}.`);
    return 2;
  }
  return run(pinnedNode(), ["testbed/demo/main.ts", ...words]);
}

async function test(words, env) {
  say("Checking types, lint and format");
  if (!(await quietly("npm", ["run", "--silent", "check"]))) {
    say("Nothing was tested: the check has to pass first.\n\n0 passed, 1 failed");
    return 1;
  }
  const impossible = await prepareForHosts();
  const projects = impossible ? ["--project", "rules"] : [];
  if (impossible) say(`Testing the rules only, not the stories on real hosts: ${impossible}.`);
  else say("Testing the rules, and whole stories on real hosts");
  const path = `${join(root, "node_modules/.bin")}${delimiter}${env.PATH ?? ""}`;
  const vitest = ["node_modules/vitest/vitest.mjs", "run", ...projects, ...words];
  const code = await run(pinnedNode(), vitest, { env: { ...env, PATH: path } });
  // A run that was stopped leaves its hosts behind; after one that came to its end, whatever is left is a fault to be seen.
  if (code > 1 && !impossible) await run(pinnedNode(), ["testbed/main.ts", "sweep"], { stdio: "ignore" });
  return impossible && process.env.CI === "true" ? code || 1 : code;
}

const [name, ...words] = process.argv.slice(2);
const command = commands[name];
if (command) {
  process.exitCode = (await installModules()) ? await command(words) : 1;
} else {
  say(`usage: node setup/bootstrap.mjs <${Object.keys(commands).join(" | ")}>`);
  process.exitCode = 2;
}
