/** Kim, who administrates and approves, and Lee, who writes. Kim signs in on the page, as people do. */
import { randomBytes } from "node:crypto";

import type { Client } from "../../src/api/client.ts";
import { connect } from "../../src/api/http-client.ts";

export interface Approver {
  readonly login: string;
  readonly password: string;
  /** For the command line. */
  readonly token: string;
  readonly client: Client;
}

/** @param operator whoever is at the server's socket */
export async function people(operator: Client, url: string): Promise<Approver> {
  const login = "kim";
  const password = randomBytes(9).toString("base64url");
  const added = await operator.people.add({ login, firstAdmin: true, details: { name: "Kim" } });
  if (added.kind !== "done" || added.code === undefined) throw new Error("there is somebody who administrates already");
  await choosePassword(url, { login, code: added.code.code, password, repeat: password });
  const { token } = await connect({ url }).signIn({ login, password, name: "demo", days: 1 });
  const administrator = connect({ url, token });
  for (const right of ["approve", "deploy"] as const) {
    await administrator.people.amend(login, { kind: "grant", grant: { right, environment: "production" } });
  }
  await administrator.people.add({
    login: "lee",
    firstAdmin: false,
    details: { name: "Lee", commitMails: ["lee@example.com"] },
  });
  // A token has the rights that its person had when it was made.
  const approver = await connect({ url }).signIn({ login, password, name: "demo-approver", days: 1 });
  return { login, password, token: approver.token, client: connect({ url, token: approver.token }) };
}

/** Fills in the form that a browser would. */
async function choosePassword(url: string, form: Readonly<Record<string, string>>): Promise<void> {
  const answer = await fetch(`${url}/welcome`, {
    method: "POST",
    headers: { origin: url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form),
    redirect: "manual",
  });
  if (answer.status !== 303 && answer.status !== 302) {
    throw new Error(`the password was not taken (${answer.status}): ${await answer.text()}`);
  }
}
