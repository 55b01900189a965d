import { describe, expect, it } from "vitest";

import { fakeClient } from "../../test/support/fake-client.ts";
import { signalbox } from "../../test/support/fake-shell.ts";

describe("a token", () => {
  const env = { SIGNALBOX_TOKEN: "sbx_secret" };

  it.each(["http://10.0.0.5:8420", "http://signalbox.example.com", "http://127.0.0.1.example.com"])(
    "is not sent as plain text to %s",
    async (server) => {
      const { err, exitCode } = await signalbox(["--server", server, "status"], { env });
      expect(err).toContain("as plain text");
      expect(err).not.toContain("sbx_secret");
      expect(exitCode).toBe(2);
    },
  );

  it.each(["https://signalbox.example.com", "http://127.0.0.1:8420", "http://[::1]:8420", "http://localhost:8420"])(
    "is sent to %s",
    async (server) => {
      const client = fakeClient({ places: [] });
      const { err } = await signalbox(["--server", server, "status"], { env, client });
      expect(err).not.toContain("as plain text");
    },
  );
});
