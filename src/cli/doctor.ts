/** `signalbox doctor`: looks for what would make a deployment fail, with the cure for each finding. */
import type { FindingView } from "../api/views.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { safeLine, safeLines } from "./safe-text.ts";
import type { Session } from "./session.ts";
import type { Style } from "./style.ts";
import { paint, symbol } from "./style.ts";
import { count } from "./words.ts";

export function addDoctorCommand(cli: Cli): void {
  const command = cli.program
    .command("doctor")
    .description("look for what would make a deployment fail")
    .argument("[host]", "only this host")
    .action(action(cli, doctor));
  examples(
    command,
    ["signalbox doctor", "everything, each finding with its cure"],
    ["signalbox doctor web-1", "one host"],
  );
}

async function doctor(session: Session, _options: object, host: string | undefined): Promise<number> {
  const client = await session.client();
  const findings: FindingView[] = [];
  for await (const finding of client.doctor(host === undefined ? {} : { host })) {
    findings.push(finding);
    if (session.json === "lines") session.out.write(`${JSON.stringify(finding)}\n`);
    if (session.json === undefined && isShown(finding, session)) session.out.write(findingText(finding, session.style));
  }
  if (session.json === "object") session.answer({ findings }, () => "");
  const problems = findings.filter(({ level }) => level === "problem").length;
  const warnings = findings.filter(({ level }) => level === "warning").length;
  session.note(`${count(findings.length, "check")}: ${count(problems, "problem")}, ${count(warnings, "warning")}`);
  return problems === 0 ? exitCodes.done : exitCodes.needsAPerson;
}

/** With many hosts what is well is only counted, unless somebody wants to see it. */
function isShown({ level }: FindingView, { options }: Session): boolean {
  return level !== "ok" || options.quiet !== true;
}

function findingText({ host, check, level, message, cure }: FindingView, style: Style): string {
  const marks = { ok: ["good", "good"], warning: ["warn", "warn"], problem: ["bad", "bad"] } as const;
  const [name, look] = marks[level];
  const where = host === null ? "server" : safeLine(host);
  const [first, ...rest] = safeLines(message);
  const lines = [
    `${paint(look, `${symbol(name, style)} ${level}`, style)}  ${where}  ${safeLine(check)}: ${first}`,
    ...rest.map((line) => `    ${line.trim()}`),
    ...(cure === null ? [] : cure.split("\n").map((line) => `    ${safeLine(line)}`)),
  ];
  return `${lines.join("\n")}\n`;
}
