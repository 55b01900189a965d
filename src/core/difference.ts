/**
 * The difference between two files as one stream of bytes, and the program that applies it on a host.
 *
 * The stream consists of lines, one per piece of the new file, in their order:
 *
 *     c FROM BYTES      so many bytes of the old file from there on
 *     p \120\113        these bytes themselves, each as a backslash and three octal digits
 *     l BYTES           so many bytes, which follow the line as they are
 *     e                 the end
 *
 * The shell's own `printf` writes the short ones (a time stamp in an archive), so that only copies and long new parts
 * cost the start of a program. The stream is compressed by gzip on its way.
 */

export type Piece =
  /** Old bytes. */
  | { readonly from: number; readonly bytes: number }
  /** New ones. */
  | { readonly literal: Uint8Array };

/** Longer ones are cheaper as they are. */
const longestInline = 64;

/** The lines and bytes of the stream, before compression. */
export function* differenceStream(pieces: Iterable<Piece>): Generator<Uint8Array> {
  const line = (text: string): Uint8Array => new TextEncoder().encode(`${text}\n`);
  for (const piece of pieces) {
    if ("from" in piece) {
      yield line(`c ${piece.from} ${piece.bytes}`);
    } else if (piece.literal.length <= longestInline) {
      yield line(`p ${Array.from(piece.literal, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}`);
    } else {
      yield line(`l ${piece.literal.length}`);
      yield piece.literal;
    }
  }
  yield line("e");
}

/**
 * A function of POSIX sh, for a program that has more to do: `apply_difference OLD NEW` reads the compressed stream from
 * standard input and writes the file NEW. It needs `gzip` and a `dd` that counts bytes (GNU, busybox).
 *
 * It fails when the stream does not end as it should; the digest of NEW is for the caller to compare.
 */
export const applyDifferenceFunction = `
apply_difference() {
  gzip -dc | (
    while IFS=' ' read -r kind a b; do
      case $kind in
        c) dd if="$1" iflag=skip_bytes,count_bytes skip="$a" count="$b" bs=256K 2>/dev/null || exit 1 ;;
        p) printf "$a" ;;
        l) dd iflag=fullblock,count_bytes count="$a" bs=64K 2>/dev/null || exit 1 ;;
        e) exit 0 ;;
        *) exit 1 ;;
      esac
    done
    exit 1
  ) >"$2"
}
`;

/** The argument list that makes the new file out of the old one and the compressed stream on standard input. */
export function applyDifference(oldFile: string, newFile: string): readonly [string, ...string[]] {
  return ["sh", "-c", `${applyDifferenceFunction}apply_difference "$1" "$2"\n`, "signalbox", oldFile, newFile];
}
