/**
 * Ends every process of a session on a host: TERM, after two seconds KILL. Prints how many could not be ended.
 *
 * The session is that of one request. A child with a process group of its own (`timeout`, a shell with job control) is
 * found by its session; one that made a new session on purpose is a daemon and stays.
 */
const script = `
each() {
  left=0
  for f in /proc/[0-9]*/stat; do
    IFS= read -r l <"$f" || continue
    p=\${l%% *}
    l=\${l##*) }
    s=\${l%% *}
    l=\${l#* * * }
    [ "\${l%% *}" = "$g" ] || [ "$p" = "$g" ] || continue
    [ "$s" = Z ] && continue
    left=$((left + 1))
    kill -s "$1" "$p"
  done
  [ "$left" -gt 0 ]
}
exec 2>/dev/null
g=$1
kill -s TERM -- "-$g"
each TERM
t=0
while [ "$t" -lt 20 ] && each 0; do sleep 0.1; t=$((t + 1)); done
t=0
while [ "$t" -lt 10 ] && each KILL; do sleep 0.1; t=$((t + 1)); done
echo "$left"
`;

export function endSession(pid: number): readonly [string, ...string[]] {
  return ["sh", "-c", script, "sh", String(pid)];
}
