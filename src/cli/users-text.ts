/** People and changes of people, as text. */
import type { AmendedView, PersonView, ProposalView } from "../api/people-views.ts";
import type { Amendment } from "../core/amendment.ts";
import { grantInWords } from "../core/permissions.ts";
import { grantsText } from "./grants-text.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import type { Cell } from "./table.ts";
import { table } from "./table.ts";
import { dateTime } from "./words.ts";

/** `grant lee approve in production`. */
export function amendmentInWords(amendment: Amendment): string {
  const { login } = amendment;
  switch (amendment.kind) {
    case "add":
      return `add ${login}`;
    case "set":
      return `change the ${Object.keys(amendment.details).join(", ")} of ${login}`;
    case "grant":
      return `let ${login} ${grantInWords(amendment.grant)}`;
    case "revoke":
      return `let ${login} no longer ${grantInWords(amendment.grant)}`;
    case "join":
      return `take ${login} into the group ${amendment.group}`;
    case "leave":
      return `take ${login} out of the group ${amendment.group}`;
    case "disable":
      return `disable ${login}`;
    case "enable":
      return `enable ${login} again`;
    case "away":
      return `note an absence of ${login}`;
    case "back":
      return `note that ${login} is back`;
    case "sign-in-code":
      return `give ${login} a code for a new password`;
  }
}

export function proposalInWords({ amendment }: ProposalView): string {
  return safeLine(amendmentInWords(amendment as unknown as Amendment));
}

/** What became of a change; the code of a sign-in is data, all else are words. */
export function answerAmended(session: Session, amended: AmendedView): void {
  session.answer(amended, () => {
    if (amended.kind === "proposed") {
      const { id } = amended.proposal;
      const text = `Proposed as ${id}: ${proposalInWords(amended.proposal)}. It takes effect when another person confirms it.\n`;
      return `${session.mark("busy", "busy", text)}  Next, by somebody else: signalbox users confirm ${id}\n`;
    }
    const { person, code, alone } = amended;
    const alonely = alone === undefined ? "" : ` One person was enough: ${safeLine(alone)}.`;
    const done = session.mark("good", "good", `${safeLine(person.login)}: ${stateOf(person)}.${alonely}\n`);
    return code === undefined ? done : `${done}${codeText(code)}`;
  });
}

type Code = NonNullable<Extract<AmendedView, { kind: "done" }>["code"]>;

function codeText({ code, expiresAt, page }: Code): string {
  const where = page === null ? "on the page /welcome of the server" : `at ${safeLine(page)}`;
  return `  Code for setting a password, once, until ${dateTime(expiresAt)}: ${code}\n  It is typed ${where}\n`;
}

function stateOf({ disabled, grants, groups }: PersonView): string {
  if (disabled) return "disabled";
  const may = grants.length === 0 ? "may do nothing yet" : `may ${grantsText(grants)}`;
  return groups.length === 0 ? may : `${may}; in ${groups.join(", ")}`;
}

export function peopleTable(people: readonly PersonView[], now: number, { style }: Session): string {
  if (people.length === 0) return "There is nobody yet. The first one: signalbox users add LOGIN --first-admin\n";
  const rows = people.map((person) => [
    person.login,
    safeLine(person.name),
    person.groups.join(" "),
    grantsText(person.grants),
    presence(person, now),
  ]);
  return table(["LOGIN", "NAME", "GROUPS", "MAY", "STATE"], rows, style);
}

function presence({ disabled, absences }: PersonView, now: number): Cell {
  if (disabled) return { text: "disabled", look: "warn" };
  const away = absences.find(({ from, until }) => from <= now && now < until);
  if (away === undefined) return { text: "" };
  const standIn = away.standIn === null ? "" : `, ${away.standIn} stands in`;
  return { text: `away until ${dateTime(away.until)}${standIn}`, look: "quiet" };
}

export function personText(person: PersonView): string {
  const { open, inADay } = person.most;
  const lines: readonly (readonly [string, string])[] = [
    ["login", person.login],
    ["name", safeLine(person.name)],
    ["language", person.language],
    ["state", stateOf(person)],
    ["reached by", person.contacts.map(({ via, address }) => `${via} ${safeLine(address)}`).join(", ")],
    ["commits as", person.commitMails.map(safeLine).join(", ")],
    ["away", person.absences.map(absenceText).join("; ")],
    ["asked for at most", [open, inADay].every((most) => most === undefined) ? "" : capsText(person.most)],
  ];
  return lines.map(([title, text]) => `${title.padEnd(18)} ${text === "" ? "-" : text}\n`).join("");
}

function absenceText({ from, until, standIn }: PersonView["absences"][number]): string {
  return `${dateTime(from)} to ${dateTime(until)}${standIn === null ? "" : ` (${standIn} stands in)`}`;
}

function capsText({ open, inADay }: PersonView["most"]): string {
  const caps = [open === undefined ? [] : [`${open} open`], inADay === undefined ? [] : [`${inADay} in a day`]];
  return caps.flat().join(", ");
}

export function proposalsTable(proposals: readonly ProposalView[], { style }: Session): string {
  if (proposals.length === 0) return "Nothing waits for a second person.\n";
  const rows = proposals.map((proposal) => [
    proposal.id,
    proposalInWords(proposal),
    proposal.by,
    dateTime(proposal.until),
  ]);
  return table(["PROPOSAL", "WHAT", "BY", "UNTIL"], rows, style);
}
