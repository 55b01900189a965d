/** What a host does to receive an artifact. POSIX sh; its arguments are the only thing that varies. */
import type { ByteSource } from "../ports/hosts.ts";

/** How the bytes get there. */
export interface Transfer {
  readonly title: string;
  /** The program's mode and what it needs: `whole OFFSET`, `copy OLD`, `difference OLD:PIECES`. */
  readonly mode: readonly [mode: string, argument: string];
  readonly payload?: ByteSource;
}

/**
 * Arguments: root, release, sha256, form (`file` or `tar`), name, mode, argument of the mode.
 *
 * `whole OFFSET` appends standard input at the offset, `copy OLD` takes the same bytes from another release,
 * `difference OLD:PIECES` puts pieces of an older artifact and gzipped literals from standard input together. OLD is a
 * file below `releases/`; PIECES is a comma-separated list of `FROM+BYTES` (old bytes) and `BYTES` (next literal bytes).
 *
 * Answers `upload=stored`, or `upload=damaged` when the digest is wrong; what was received is thrown away then.
 */
export const receiveProgram = `
set -eu; umask 022
releases=$1/releases id=$2 sha=$3 form=$4 name=$5 mode=$6 argument=$7
part=$releases/$id.part
if [ -d "$releases/$id" ]; then cat >/dev/null; echo upload=stored; exit 0; fi
mkdir -p "$part"; rm -rf "$part/tree"
case $mode in
  whole)
    : >>"$part/artifact"
    truncate -s "$argument" "$part/artifact"
    cat >>"$part/artifact" ;;
  copy)
    rm -f "$part/artifact"
    cp "$releases/$argument" "$part/artifact" ;;
  difference)
    old=$releases/\${argument%%:*}
    gzip -dc >"$part/literals"
    at=0
    : >"$part/artifact"
    printf '%s\\n' "\${argument#*:}" | tr , '\\n' | while IFS=+ read -r from bytes; do
      if [ -n "\${bytes:-}" ]; then
        dd if="$old" iflag=skip_bytes,count_bytes skip="$from" count="$bytes" bs=256K status=none
      else
        dd if="$part/literals" iflag=skip_bytes,count_bytes skip="$at" count="$from" bs=256K status=none
        at=$((at + from))
      fi
    done >>"$part/artifact"
    rm -f "$part/literals" ;;
esac
if ! echo "$sha  $part/artifact" | sha256sum -c --status; then rm -rf "$part"; echo upload=damaged; exit 0; fi
mkdir "$part/tree"
if [ "$form" = tar ]; then
  tar -xf "$part/artifact" -C "$part/tree" --no-same-owner --no-same-permissions
  mv "$part/artifact" "$part/tree/.signalbox-artifact"
else
  mv "$part/artifact" "$part/tree/$name"
fi
chmod -R a+rX,go-w "$part/tree"
find "$part/tree" -type f -exec chmod a-w {} +
sync -f "$part/tree"
mv -T "$part/tree" "$releases/$id"
rmdir "$part"
sync "$releases"
echo upload=stored
`;
