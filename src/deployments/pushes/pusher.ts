/** Who a push is put down to: a person whom this server knows, if it is one. */
import type { PushEvent } from "../../core/trigger-push.ts";
import type { Person } from "../../ports/people.ts";

/**
 * The login of the person: by a mail address that stands in their commits, or else by a login that is the same at the
 * forge. Who pushed decides nothing but who is told, and who may not approve.
 */
export function personOf(pusher: PushEvent["pusher"], people: readonly Person[]): string | undefined {
  const mail = pusher.mail?.toLowerCase();
  const byMail =
    mail === undefined
      ? undefined
      : people.find(({ commitMails }) => commitMails.some((one) => one.toLowerCase() === mail));
  const login = pusher.login?.toLowerCase();
  return (byMail ?? people.find((person) => person.login.toLowerCase() === login))?.login;
}
