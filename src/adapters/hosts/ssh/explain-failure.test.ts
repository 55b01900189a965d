import { describe, expect, it } from "vitest";

import { explainFailure } from "./explain-failure.ts";

const host = { name: "web-2", address: "10.0.0.12", port: 22, user: "deploy", hostKeys: [] };
const bastion = { name: "bastion", address: "10.0.0.1", port: 22, user: "jump", hostKeys: [] };

// As printed by OpenSSH 8.4, 9.2 and 10.0.
describe.each([
  ["host-key-changed", "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\nHost key verification failed.\r\n"],
  [
    "host-key-changed",
    "No ED25519 host key is known for web-2 and you have requested strict checking.\r\nHost key verification failed.\r\n",
  ],
  [
    "host-key-changed",
    "Unable to negotiate with 10.0.0.12 port 22: no matching host key type found. Their offer: ssh-dss\r\n",
  ],
  ["permission-denied", "deploy@10.0.0.12: Permission denied (publickey,password).\r\n"],
  ["permission-denied", "Received disconnect from 10.0.0.12 port 22:2: Too many authentication failures\r\n"],
  ["name-not-found", "ssh: Could not resolve hostname web-2.invalid: Name or service not known\r\n"],
  ["connection-refused", "ssh: connect to host 10.0.0.12 port 22: Connection refused\r\n"],
  ["connection-timed-out", "ssh: connect to host 10.0.0.12 port 22: Connection timed out\r\n"],
  [
    "connection-timed-out",
    "Connection timed out during banner exchange\r\nConnection to 10.0.0.12 port 22 timed out\r\n",
  ],
  ["connection-timed-out", "ssh: connect to host 10.0.0.12 port 22: No route to host\r\n"],
  [
    "connection-refused",
    "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.0.0.12 port 22\r\n",
  ],
  ["connection-refused", "Connection closed by 10.0.0.12 port 22\r\n"],
  ["not-a-posix-shell", ""],
] as const)("%s", (because, log) => {
  it(`is the cause when OpenSSH prints ${JSON.stringify(log.slice(0, 60))}`, () => {
    const explained = explainFailure(host, { log, noise: "" });
    expect(explained.because).toBe(because);
    expect(explained.message).toMatch(
      /^web-2 \(deploy@10\.0\.0\.12 port 22\): [^\n]+\.\n(?: {2}OpenSSH says: ".*"\n)? {2}Next: .*\.$/,
    );
  });
});

describe("an explanation", () => {
  it("tries again only what may pass: a connection closed before the login", () => {
    const closed = explainFailure(host, {
      log: "kex_exchange_identification: Connection closed by remote host",
      noise: "",
    });
    const denied = explainFailure(host, { log: "Permission denied (publickey).", noise: "" });
    expect([closed.isPassing, denied.isPassing]).toEqual([true, false]);
  });

  it("does not believe what the login itself prints", () => {
    const noise = "REMOTE HOST IDENTIFICATION HAS CHANGED\nPermission denied\nstdio forwarding failed\n";
    expect(explainFailure(host, { log: "", noise }).because).toBe("not-a-posix-shell");
  });

  it("names the jump host that could not connect", () => {
    const log = "kex_exchange_identification: Connection closed by remote host\r\n";
    const noise = "Stdio forwarding request failed: Session open refused by peer\r\n";
    const { message, isPassing } = explainFailure(host, { log, noise }, [bastion]);
    expect(message).toContain("web-2 (deploy@10.0.0.12 port 22 through bastion): bastion could not connect to it.");
    expect(isPassing).toBe(false);
  });

  it("quotes no control characters", () => {
    const { message } = explainFailure(host, { log: "\u001b]0;owned\u0007 Connection refused\u202e", noise: "" });
    expect(message).toMatch(/^[\x20-\x7e\n]*$/);
  });
});
