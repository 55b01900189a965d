import { shellQuote } from "./quote.ts";

/**
 * The program that answers requests on a host. POSIX sh on a single line, with neither `'` nor `!` nor a `\` before
 * something else than `n`: so a login shell of any kind hands it on unchanged, and can be told by its name afterwards.
 *
 * - Its first line of input is the connection's marker. The marker never stands in an argument or in the environment,
 *   so no process on the host can read it and imitate a frame.
 * - Each further line begins with the marker and is a call of `q` or `p`. A line without it means that bytes of a
 *   payload were taken for a request; then it is better to end than to run them.
 * - Standard error of the shell itself is closed, so that its "Killed" and "Terminated" stay out of the answers.
 * - Each request is a session and process group of its own, named in its first frame, so that it can be ended as a
 *   whole. The end is told on both streams; each side is complete when its own end has come.
 * - A payload is passed by `head`. What the command leaves of it is drained, and only then the end is told.
 */
export const shellProgram = oneLine(`
  unset m n i c k e p;
  exec 4>&2 2>/dev/null;
  n=$(printf "\\nx"); n=\${n%x};
  IFS= read -r m || exit 0;

  run() {
    read -r p k </proc/self/stat;
    printf "%ss %s %s\\n" "$m" "$i" "$p";
    exec setsid -- "$@" 2>&4 4>&-;
  };
  end() {
    printf "%se %s\\n" "$m" "$i" >&4;
    printf "%se %s %s\\n" "$m" "$i" "$e";
  };
  q() {
    i=$1; shift;
    ( run "$@" </dev/null );
    e=$?; end;
  };
  p() {
    i=$1; c=$2; shift 2;
    head -c "$c" | {
      ( run "$@" );
      e=$?; cat >/dev/null; exit "$e";
    };
    e=$?; end;
  };

  printf "%sb\\n" "$m" >&4;
  printf "%sb %s %s\\n" "$m" "$$" "\${SHELL##*/}";
  while IFS= read -r l; do
    case $l in "$m"*) ;; *) exit 65 ;; esac;
    eval "\${l#"$m"}";
  done
`);

/** The one argument that `ssh HOST` gets: whatever the login shell is, a plain `sh` takes its place. */
export const loginCommand = `exec sh -c ${shellQuote(shellProgram)} signalbox`;

/** A request as the line that the program reads; `words` are quoted arguments. */
export function requestLine(marker: string, id: number, words: string, payloadBytes: number): string {
  return payloadBytes > 0 ? `${marker}p ${id} ${payloadBytes} ${words}\n` : `${marker}q ${id} ${words}\n`;
}

/** Login shells whose own language is not that of POSIX; other programs, such as rsync, would be misread by them. */
export function isPosixShell(name: string): boolean {
  return !/^(?:t?csh|fish|nu|xonsh|elvish|pwsh|rc|es)$/.test(name);
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, " ");
}
