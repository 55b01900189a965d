import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { signalbox } from "../../test/support/fake-shell.ts";

const configuration = `
hosts:
  web-1: { address: 10.0.0.11, user: deploy }
  lb-1: { address: 10.0.0.5, user: balance }
services:
  orders: { unit: { exec: ["java", "-jar", "orders.jar"], user: orders }, port: 8080 }
environments:
  production:
    services:
      orders: { hosts: [web-1], traffic: { haproxy: { hosts: [lb-1], bind: 80 } } }
`;

describe("traffic install", () => {
  let file: string;
  beforeAll(async () => {
    file = path.join(await mkdtemp(path.join(tmpdir(), "signalbox-")), "signalbox.yml");
    await writeFile(file, configuration);
  });
  afterAll(async () => rm(path.dirname(file), { recursive: true }));

  it("prints the script for the proxy's host, with its login and its services", async () => {
    const { out, err, exitCode } = await signalbox(["traffic", "install", "lb-1", "--config", file]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/install-proxy\.sh" "\$files" '?[0-9a-f]{64}'? '?balance'? .*orders\.production:name=orders/);
    expect(err).toContain("signalbox traffic install lb-1 --run");
  });

  it("answers in JSON", async () => {
    const { out } = await signalbox(["--json", "traffic", "install", "lb-1", "--config", file]);
    expect(JSON.parse(out)).toEqual({ host: "lb-1", script: expect.stringContaining("signalbox-proxy") });
  });

  it.each([
    ["web-1", "no service is reached through a proxy on web-1"],
    ["lb-9", "there is no host lb-9"],
  ])("refuses %s: %s", async (host, why) => {
    const { err, out, exitCode } = await signalbox(["traffic", "install", host, "--config", file]);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain(why);
  });
});
