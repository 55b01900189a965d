/** Runs the machine's git: a clean environment, a limit, and nothing left when it is over. */
import { spawn } from "node:child_process";

export interface GitRun {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly limitSeconds: number;
  readonly signal?: AbortSignal;
  readonly stdin?: string;
  /** More output than this and the program is ended. */
  readonly mostBytes?: number;
  /** A file that is locked while the program or a child of it lives. */
  readonly lock?: string;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly ended?: "limit" | "aborted" | "too-much";
}

/** What git does not need to know about this machine is kept from it; what a company's network needs is not. */
const inherited = [
  "SSH_AUTH_SOCK",
  "https_proxy",
  "HTTPS_PROXY",
  "http_proxy",
  "no_proxy",
  "NO_PROXY",
  "SSL_CERT_FILE",
];

/** No setting of a user or of the machine is needed, and none is used. */
export function cleanEnvironment(home: string): Readonly<Record<string, string>> {
  const kept = inherited.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: "C.UTF-8",
    LANGUAGE: "C",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

/** Settings that hold for every git that runs here, and for those that it starts. */
const settings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.quotePath=false",
  "protocol.ext.allow=never",
  "credential.helper=",
  "gc.auto=0",
  "maintenance.auto=false",
  "http.followRedirects=false",
  "http.lowSpeedLimit=1000",
  "http.lowSpeedTime=30",
  "submodule.recurse=false",
  "advice.detachedHead=false",
];

/**
 * Locks the file, removes what a git that was killed left in the mirror, and becomes the program.
 *
 * The lock is the kernel's and is inherited: it is held exactly as long as this git or a child of it lives, also when
 * the server itself is gone. So whoever holds it may remove git's own lock files. Within one server the callers wait
 * for each other; a git that holds the lock nevertheless belongs to a server that is gone, and is ended.
 */
const lockedProgram = `
exec 9>>"$1" || exit 125
if ! flock -n 9; then
  read -r holder <"$1.holder" && [ "/proc/$holder/fd/9" -ef "$1" ] && kill -s KILL -- "-$holder"
  flock -w "$2" 9 || exit 75
fi
echo $$ >"$1.holder"
if [ -d "$3" ]; then
  find "$3" -name '*.lock' -type f -delete
  if [ -d "$3/objects/pack" ]; then find "$3/objects/pack" -name 'tmp_*' -type f -delete; fi
fi
shift 3
exec "$@"
`;

export async function runGit(mirror: string | undefined, run: GitRun): Promise<GitResult> {
  const git = [
    "git",
    ...settings.flatMap((setting) => ["-c", setting]),
    ...(mirror === undefined ? [] : [`--git-dir=${mirror}`]),
    ...run.argv,
  ];
  const argv =
    run.lock === undefined
      ? git
      : ["sh", "-c", lockedProgram, "sh", run.lock, String(run.limitSeconds), mirror ?? "/nonexistent", ...git];
  return await finished(argv, run);
}

function finished(argv: readonly string[], run: GitRun): Promise<GitResult> {
  const { environment, directory, limitSeconds, signal, stdin, mostBytes = 64 * 1024 * 1024 } = run;
  const [program = "git", ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd: directory,
      env: environment,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const stdout: Buffer[] = [];
    let stderr = "";
    let bytes = 0;
    let ended: GitResult["ended"];
    let killer: NodeJS.Timeout | undefined;
    const end = (why: NonNullable<GitResult["ended"]>): void => {
      if (ended !== undefined) return;
      ended = why;
      killGroup(child.pid, "SIGTERM");
      killer = setTimeout(() => killGroup(child.pid, "SIGKILL"), 2000);
    };
    const limit = setTimeout(() => end("limit"), limitSeconds * 1000);
    const aborted = (): void => end("aborted");
    const settle = (): void => {
      clearTimeout(limit);
      clearTimeout(killer);
      signal?.removeEventListener("abort", aborted);
    };
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted === true) aborted();
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) end("too-much");
      else stdout.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-16_384)));
    child.stdin.on("error", () => {});
    child.stdin.end(stdin ?? "");
    child.on("error", (error) => {
      settle();
      reject(error);
    });
    child.on("close", (code, by) => {
      settle();
      if (ended !== undefined) killGroup(child.pid, "SIGKILL");
      const result = { code: code ?? (by === "SIGKILL" ? 137 : 143), stdout: Buffer.concat(stdout), stderr };
      resolve(ended === undefined ? result : { ...result, ended });
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone.
  }
}
