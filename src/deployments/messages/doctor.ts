/** What keeps people from being told. */
import { addresseeKey } from "../../core/message.ts";
import type { Settings } from "../../core/settings.ts";
import type { ListedMessage } from "../../ports/outbox.ts";
import type { Finding } from "../finding.ts";
import type { World } from "../world.ts";

/** What was given up longer ago is history; the audit log has it. */
const recentMilliseconds = 24 * 60 * 60 * 1000;
const mostShown = 10;

export async function examineMessages(
  settings: Pick<Settings, "messages">,
  world: Pick<World, "store" | "clock">,
): Promise<readonly Finding[]> {
  const { channels } = settings.messages();
  const since = world.clock.now() - recentMilliseconds;
  const lost = (await world.store.outbox.list({ state: "given-up" })).filter(({ next }) => next >= since);
  const late = (await world.store.outbox.list({ state: "waiting" })).filter(({ tries }) => tries > 0);
  const found = [
    ...some(lost, "problem", "was not told and is not tried again"),
    ...some(late, "warning", "is not told yet"),
  ];
  if (found.length > 0 || channels.size === 0) return found;
  return [finding("ok", `${[...channels.keys()].join(", ")}: everybody was told`)];
}

function some(messages: readonly ListedMessage[], level: Finding["level"], what: string): readonly Finding[] {
  const shown = messages.slice(0, mostShown).map(({ to, lastError, tries }) => {
    const said = `${addresseeKey(to)} ${what} (${tries} ${tries === 1 ? "try" : "tries"}): ${lastError ?? "no reason is known"}`;
    return finding(level, said, `signalbox messages list --state ${level === "problem" ? "given-up" : "waiting"}`);
  });
  const more = messages.length - shown.length;
  return more > 0 ? [...shown, finding(level, `and ${more} more`)] : shown;
}

function finding(level: Finding["level"], message: string, cure: string | null = null): Finding {
  return { host: null, check: "messages", level, message, cure };
}
