/** What a host does to receive an artifact. POSIX sh; its arguments are the only thing that varies. */
import { applyDifferenceFunction } from "../core/difference.ts";
import type { ByteSource } from "../ports/hosts.ts";

/** How the bytes get there. */
export interface Transfer {
  readonly title: string;
  /** The program's mode and what it needs: `whole OFFSET`, `copy OLD`, `difference OLD`. */
  readonly mode: readonly [mode: string, argument: string];
  readonly payload?: ByteSource;
  /** What has to happen before the program runs; when it throws, the next way is tried. */
  before?(): Promise<void>;
}

/**
 * Arguments: root, release, sha256, bytes, form (`file` or `tar`), name, mode, argument of the mode.
 *
 * `whole OFFSET` appends standard input at the offset, `copy OLD` takes the same bytes from another release,
 * `difference OLD` applies a difference from standard input to an older artifact. OLD is a file below `releases/`.
 *
 * Answers `upload=stored`, `upload=interrupted` when bytes are missing (they may follow later), or `upload=damaged` when
 * the digest is wrong; what was received is thrown away then.
 */
export const receiveProgram = `
set -eu; umask 022
releases=$1/releases id=$2 sha=$3 bytes=$4 form=$5 name=$6 mode=$7 argument=$8
part=$releases/$id.part
${applyDifferenceFunction}
if [ -d "$releases/$id" ]; then cat >/dev/null; echo upload=stored; exit 0; fi
mkdir -p "$part"
# The one before this may still wait for a connection that is gone; what reaches it late must not get into the file.
if read -r before 2>/dev/null <"$part/receiver" && tr '\\0' '\\n' 2>/dev/null <"/proc/$before/cmdline" | grep -qxF "$id"; then
  kill -s KILL -- "-$before" 2>/dev/null || :
fi
echo "$$" >"$part/receiver"
rm -rf "$part/tree"
case $mode in
  whole)
    : >>"$part/artifact"
    truncate -s "$argument" "$part/artifact"
    cat >>"$part/artifact"
    if [ "$(stat -c %s "$part/artifact")" -lt "$bytes" ]; then echo upload=interrupted; exit 0; fi ;;
  copy)
    rm -f "$part/artifact"
    cp "$releases/$argument" "$part/artifact" || : ;;
  difference)
    rm -f "$part/artifact"
    apply_difference "$releases/$argument" "$part/artifact" || : ;;
esac
if ! echo "$sha  $part/artifact" | sha256sum -c --status 2>/dev/null; then rm -rf "$part"; echo upload=damaged; exit 0; fi
mkdir "$part/tree"
if [ "$form" = tar ]; then
  tar -xmf "$part/artifact" -C "$part/tree" --no-same-owner --no-same-permissions
  mv "$part/artifact" "$part/tree/.signalbox-artifact"
else
  mv "$part/artifact" "$part/tree/$name"
fi
chmod -R a+rX,go-w "$part/tree"
find "$part/tree" -type f -exec chmod a-w {} +
sync -f "$part/tree"
mv -T "$part/tree" "$releases/$id"
rm -rf "$part"
# What other uploads left that nobody continued.
find "$releases" -mindepth 1 -maxdepth 1 -name '*.part' -mtime +7 -exec rm -rf {} +
sync "$releases"
echo upload=stored
`;

/** Arguments: root, release. Says how much of an upload is there. */
export const partialProgram = `
stat -c %s -- "$1/releases/$2.part/artifact" 2>/dev/null || echo 0
`;
