/** Passwords, sessions and tokens do not go over a network where everybody on the way can read them. */
import type { FastifyRequest } from "fastify";

import { ApiProblem } from "./problems.ts";

/**
 * A proxy says by `X-Forwarded-Proto` that it was asked over TLS; one that does not say it was not. So both have to be
 * on this machine: who is connected, and whom a proxy names.
 *
 * @throws {ApiProblem}
 */
export function refusePlainText({ protocol, ip, socket }: FastifyRequest): void {
  if (protocol === "https" || (isThisMachine(socket.remoteAddress) && isThisMachine(ip))) return;
  throw new ApiProblem(
    403,
    "SB-API-PLAIN",
    "passwords, sessions and tokens do not go over a network as plain text; whoever was on the way has read what came",
    "use the address with https; behind a proxy, it has to set X-Forwarded-Proto",
  );
}

/** A socket that is a file has no address. */
function isThisMachine(address: string | undefined): boolean {
  return address === undefined || address === "" || /^(?:::ffff:)?127\.|^::1$/.test(address);
}
