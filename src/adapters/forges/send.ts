/** Sends reports to forges. */
import type { Send } from "../../ports/forge.ts";

/** A forge that has not answered by then is asked again later. */
const limitMilliseconds = 15_000;

/** Follows no redirect, since the token would go along. Throws when there was no answer; the error has no token in it. */
export const sendReport: Send = async ({ url, headers, body }, signal) => {
  const limit = AbortSignal.timeout(limitMilliseconds);
  const answer = await fetch(url, {
    method: "POST",
    headers,
    body,
    redirect: "manual",
    signal: AbortSignal.any([signal, limit]),
  });
  await answer.body?.cancel();
  return answer.status;
};
