/** Every command with the file that has it. A file is loaded when its command is used, or when all have to be shown. */
import type { Cli } from "./command.ts";
import { examples } from "./command.ts";

type Add = (cli: Cli) => void;

const daily = {
  init: addInit,
  deploy: async () => (await import("./deploy.ts")).addDeployCommand,
  plan: async () => (await import("./plan.ts")).addPlanCommand,
  status: async () => (await import("./status.ts")).addStatusCommand,
  watch: async () => (await import("./watch.ts")).addWatchCommand,
  logs: async () => (await import("./logs.ts")).addLogsCommand,
  history: async () => (await import("./history.ts")).addHistoryCommand,
  rollback: async () => (await import("./rollback.ts")).addRollbackCommand,
  restart: async () => (await import("./restart.ts")).addRestartCommand,
} as const;

const deciding = {
  inbox: async () => (await import("./inbox.ts")).addInboxCommand,
  approve: async () => (await import("./approve.ts")).addApproveCommand,
  reject: async () => (await import("./reject.ts")).addRejectCommand,
  handover: async () => (await import("./handover.ts")).addHandoverCommand,
  revoke: async () => (await import("./revoke.ts")).addRevokeCommand,
  withdraw: async () => (await import("./withdraw.ts")).addWithdrawCommand,
  review: async () => (await import("./review.ts")).addReviewCommand,
  approvals: async () => (await import("./approvals.ts")).addApprovalsCommand,
  freeze: async () => (await import("./freeze.ts")).addFreezeCommand,
} as const;

const steering = {
  pause: async () => (await import("./pause.ts")).addPauseCommand,
  resume: async () => (await import("./resume.ts")).addResumeCommand,
  abort: async () => (await import("./abort.ts")).addAbortCommand,
  promote: async () => (await import("./promote.ts")).addPromoteCommand,
  override: async () => (await import("./override.ts")).addOverrideCommand,
} as const;

const hosts = {
  doctor: async () => (await import("./doctor.ts")).addDoctorCommand,
  hosts: async () => (await import("./hosts.ts")).addHostsCommand,
  traffic: async () => (await import("./traffic.ts")).addTrafficCommand,
  adopt: async () => (await import("./adopt.ts")).addAdoptCommand,
  lint: addLint,
  config: addConfig,
} as const;

const server = {
  serve: async () => (await import("./serve.ts")).addServeCommand,
  "sign-in": async () => (await import("./sign-in.ts")).addSignInCommand,
  secrets: async () => (await import("./secrets.ts")).addSecretsCommand,
  users: async () => (await import("./users.ts")).addUsersCommand,
  tokens: async () => (await import("./tokens.ts")).addTokensCommand,
  messages: async () => (await import("./messages.ts")).addMessagesCommand,
  audit: async () => (await import("./audit.ts")).addAuditCommand,
  backup: async () => (await import("./backup.ts")).addBackupCommand,
  restore: async () => (await import("./restore.ts")).addRestoreCommand,
  completion: async () => (await import("./completion.ts")).addCompletionCommand,
  __complete: async () => (await import("./completion.ts")).addCompleteCommand,
} as const;

/** In the order of the help. */
const groups = {
  "Every day:": daily,
  "Deciding:": deciding,
  "Steering what goes on:": steering,
  "Hosts and configuration:": hosts,
  "The server and its people:": server,
} as const satisfies Readonly<Record<string, Readonly<Record<string, () => Promise<Add>>>>>;

export const commands = { ...daily, ...deciding, ...steering, ...hosts, ...server };

export type CommandName = keyof typeof commands;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** Hangs up one command, or all. */
export async function addCommands(cli: Cli, names: readonly CommandName[]): Promise<void> {
  const all = await Promise.all(names.map((name) => commands[name]()));
  for (const add of all) add(cli);
  for (const command of cli.program.commands) {
    const group = Object.entries(groups).find(([, members]) => Object.hasOwn(members, command.name()))?.[0];
    if (group !== undefined) command.helpGroup(group);
  }
}

async function addInit(): Promise<Add> {
  const { addInitCommand } = await import("./init/command.ts");
  return ({ program }) => {
    addInitCommand(program);
    withExamples(program, ["init"], ["signalbox init", "asks a few questions"], ["signalbox init --yes", "asks none"]);
  };
}

async function addLint(): Promise<Add> {
  const { addLintCommand } = await import("./lint.ts");
  return ({ program }) => {
    addLintCommand(program);
    withExamples(program, ["lint"], ["signalbox lint", "every mistake with its place, in one pass"]);
  };
}

async function addConfig(): Promise<Add> {
  const [{ addConfigCommand }, { addApplyCommand }] = await Promise.all([import("./config.ts"), import("./apply.ts")]);
  return (cli) => {
    const { program } = cli;
    addConfigCommand(program);
    addApplyCommand(cli);
    withExamples(program, ["config"], ["signalbox config check", "what the file comes to"]);
    withExamples(program, ["config", "schema"], ["signalbox config schema", "for editors"]);
    withExamples(program, ["config", "explain"], ["signalbox config explain health.within", "what a key means"]);
    withExamples(
      program,
      ["config", "check"],
      ["signalbox config check signalbox.yml", "each service and environment"],
    );
  };
}

type Example = readonly [line: string, does: string];

function withExamples(program: Cli["program"], path: readonly string[], ...lines: readonly Example[]): void {
  let command = program;
  for (const name of path) command = command.commands.find((inner) => inner.name() === name)!;
  examples(command, ...lines);
}
