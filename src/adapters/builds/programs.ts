/**
 * What is run where a build takes place, the server or a host. POSIX sh; only the arguments vary.
 *
 * The first two arguments of each are the directory of all workspaces (empty: below the login's cache) and the build's
 * id. Every process of a build has the workspace in its environment, so that those that left its process group are
 * found too, also by a later server that knows nothing of them.
 */

const workspace = `
all=\${1:-$HOME/.cache/signalbox/builds}
here=$all/$2
end_strays() {
  for _ in 1 2 3 4 5; do
    strays=$(grep -lzxFs "SIGNALBOX_BUILD=$here" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3)
    [ -n "$strays" ] || return 0
    kill -s KILL $strays 2>/dev/null || :
    sleep 0.1 2>/dev/null || sleep 1
  done
}
remove() {
  end_strays
  [ -e "$here" ] || return 0
  chmod -R u+rwX "$here" 2>/dev/null || :
  rm -rf -- "$here"
}
`;

/** Makes an empty workspace, whatever an earlier build left there, and unpacks the source from standard input. */
export const prepareProgram = `
set -eu; umask 077
${workspace}
remove
mkdir -p -- "$all"
find "$all" -mindepth 1 -maxdepth 1 -mtime +1 -exec rm -rf -- {} + 2>/dev/null || :
mkdir -- "$here" "$here/source" "$here/home" "$here/tmp"
umask 022
tar -xof - -C "$here/source"
`;

/** Arguments from the third on: the directory in the source, then what \`env\` takes: NAME=VALUE..., the command. */
export const runProgram = `
set -u; umask 022
${workspace}
cd -P -- "$here/source/$3" || exit 125
shift 3
set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "HOME=$here/home" "TMPDIR=$here/tmp" \\
  LANG=C.UTF-8 "SIGNALBOX_BUILD=$here" "$@"
if command -v ionice >/dev/null 2>&1; then set -- ionice -t -c 3 "$@"; fi
exec nice -n 10 "$@"
`;

/** Finds the artifact: sets \`kind\`, and \`real\` to its path without links. */
const findArtifact = `
root=$(cd -P -- "$here/source" && pwd -P)
named=$root/$3/$4
real=$(readlink -f -- "$named") || real=
if [ ! -e "$named" ]; then kind=missing
else
  case $real/ in
    "$root"/*) if [ -d "$real" ]; then kind=directory; elif [ -f "$real" ]; then kind=file; else kind=special; fi ;;
    *) kind=outside ;;
  esac
fi
`;

/** Says what the artifact is: \`kind=\`, and for a missing one what is there instead. */
export const lookProgram = `
set -eu
${workspace}
${findArtifact}
echo "kind=$kind"
if [ "$kind" = missing ]; then
  until [ -d "$named" ]; do named=\${named%/*}; done
  named=$(cd -P -- "$named" && pwd -P)
  nearest=\${named#"$root"}
  echo "nearest=\${nearest#/}"
  ls -1A -- "$named" | head -n 12 | while IFS= read -r name; do echo "there=$name"; done
fi
`;

/** Writes the artifact to standard output: a file as it is, a directory as a tar file. */
export const fetchProgram = `
set -eu
${workspace}
${findArtifact}
case $kind in
  file) exec cat -- "$real" ;;
  directory) exec tar -cf - -C "$real" . ;;
  *) exit 1 ;;
esac
`;

/** Ends what is left of the build and removes its workspace. */
export const removeProgram = `
set -u
${workspace}
remove
`;
