import { describe, expect, it } from "vitest";

import { fakeClient } from "../../test/support/fake-client.ts";
import { signalbox } from "../../test/support/fake-shell.ts";

describe("sign-in", () => {
  it("prints the token alone, for a shell to take it", async () => {
    const client = fakeClient({});
    const { out, err, exitCode } = await signalbox("sign-in kim --days 7", { client, secret: "a quiet morning" });
    expect({ out, exitCode }).toEqual({ out: "sbx_own\n", exitCode: 0 });
    expect(err).toContain("acts as kim");
    expect(err).not.toContain("a quiet morning");
    expect(client.calls).toEqual(['signIn {"login":"kim","password":"a quiet morning","name":"kim-laptop","days":7}']);
  });

  it("sends no password over a network as plain text", async () => {
    const client = fakeClient({});
    const { err, exitCode } = await signalbox("sign-in kim --server http://deploy.example.com", { client });
    expect(err).toContain("the password would go to deploy.example.com over the network as plain text");
    expect({ exitCode, calls: client.calls }).toEqual({ exitCode: 2, calls: [] });
  });
});
