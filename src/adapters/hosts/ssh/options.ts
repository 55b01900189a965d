import { z } from "zod";

/** How Signalbox connects to its hosts. */
export const sshOptions = z.strictObject({
  connectTimeoutSeconds: z
    .int()
    .min(1)
    .max(120)
    .default(10)
    .describe("How long a host may take to accept a connection."),
  keepAliveSeconds: z
    .int()
    .min(1)
    .max(300)
    .default(5)
    .describe(
      "How often a silent host is asked for a sign of life. After three without an answer the connection is lost.",
    ),
  idleMinutes: z.number().positive().max(1440).default(10).describe("An unused connection is closed after this time."),
  handshakesAtOnce: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe("How many connections are opened at the same time directly, and through each jump host."),
});

export type SshOptions = z.infer<typeof sshOptions>;
