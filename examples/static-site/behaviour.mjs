// How a bad release misbehaves. The switches are a file inside the artifact, so that a bad release is a bad artifact;
// BEHAVIOUR_<NAME> in the environment overrides one of them (BEHAVIOUR_SLOW_MS for slow-ms).
// node-greeter and static-site hold the same file, because each stands for a repository of its own.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const switches = {
  "start-delay-ms": 0,
  "fail-percent": 0,
  "fail-after-ms": 0,
  "slow-ms": 0,
  "crash-at-start": false,
  "crash-after-ms": 0,
  "never-healthy": false,
  "hang-health": false,
  "huge-health": false,
  "ignore-sigterm": false,
  "wrong-version": false,
};

// A misspelt switch would be a bad release that behaves well, and a test that proves nothing.
function set(name, text, where) {
  const value = typeof switches[name] === "boolean" ? { true: true, false: false }[text] : Number(text || NaN);
  if (!(name in switches) || value === undefined || !(value >= 0)) {
    console.error(`${where}: "${name}" with the value "${text}" is not a switch of this service.`);
    process.exit(2);
  }
  switches[name] = value;
}

// Beside this file by its real path, not by the working directory: the slot's link may already name another release.
for (const line of readFileSync(new URL("behaviour.properties", import.meta.url), "utf8").split("\n")) {
  const [, name, text] = /^\s*([^#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
  if (name) set(name, text, "behaviour.properties");
}
for (const [key, text] of Object.entries(process.env)) {
  const [, name] = /^BEHAVIOUR_(.+)$/.exec(key) ?? [];
  if (name) set(name.toLowerCase().replaceAll("_", "-"), text, key);
}

export const behaviour = {
  ignoresSigterm: switches["ignore-sigterm"],

  async beforeListening(port) {
    await sleep(switches["start-delay-ms"]);
    if (switches["crash-at-start"]) crash(3, `Port ${port} is already in use.`);
  },

  afterListening() {
    const ms = switches["crash-after-ms"];
    if (ms > 0) setTimeout(() => crash(1, "Out of memory: could not allocate 4096 bytes."), ms);
  },

  /** Delays, spoils or takes over an answer; true when nothing is left to be answered. */
  async answersBadly(path, response, answer) {
    if (switches["slow-ms"] > 0) await sleep(switches["slow-ms"]);

    if (path === "/healthz") {
      if (switches["hang-health"]) return true;
      if (switches["huge-health"]) return streamForEver(response);
      if (switches["never-healthy"]) return answer(response, 503, "not ready\n"), true;
    }
    if (path === "/version" && switches["wrong-version"]) return answer(response, 200, "wrong-release 0.0.0\n"), true;
    const fails = performance.now() >= switches["fail-after-ms"] && Math.random() * 100 < switches["fail-percent"];
    if (fails && (path === "/" || path === "/orders")) {
      return answer(response, 500, "Internal error\n"), true;
    }
    return false;
  },
};

function streamForEver(response) {
  const block = "ok ".repeat(20_000);
  const write = () => {
    while (!response.destroyed && response.write(block));
  };
  response.on("drain", write);
  write();
  return true;
}

function crash(code, message) {
  console.error(message);
  process.exit(code);
}
