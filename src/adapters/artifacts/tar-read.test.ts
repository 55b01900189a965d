import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";

import { ArtifactRefused } from "../../ports/artifacts.ts";
import { fileArtifacts } from "./file-artifacts.ts";
import { endOfArchive, padding, writeHeader, type TarHeader } from "./tar-format.ts";

const directory = mkdtempSync(join(tmpdir(), "archives-"));
const artifacts = fileArtifacts({ directory });
afterAll(() => rmSync(directory, { recursive: true }));

let count = 0;

/** Takes an archive in as if a build had left it. */
function takeIn(archive: Buffer, name = "release.tar"): ReturnType<typeof artifacts.takeIn> {
  const place = join(directory, `archive-${count++}`);
  mkdirSync(place);
  writeFileSync(join(place, name), archive);
  return artifacts.takeIn(join(place, name));
}

function entry(header: Partial<TarHeader> & { readonly name: string }, data = Buffer.alloc(0)): Buffer {
  const whole = { type: "0", mode: 0o644, size: data.length, link: "", ...header };
  return Buffer.concat([writeHeader(whole), data, padding(data.length)]);
}

const archive = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, endOfArchive]);
const content = Buffer.from("content\n");
const harmless = entry({ name: "a.txt" }, content);
const link = (name: string, target: string): Buffer => entry({ name, type: "2", mode: 0o777, link: target });
const pax = (record: string): Buffer => {
  const length = record.length + 4;
  return entry({ name: "pax", type: "x" }, Buffer.from(`${length} ${record}\n`));
};
const edited = (block: Buffer, at: number, text: string, keepChecksum = false): Buffer => {
  const copy = Buffer.from(block);
  copy.write(text, at, "latin1");
  if (!keepChecksum) {
    copy.write("        ", 148, "latin1");
    const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    copy.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return copy;
};

/** What may not come to a host, however it is dressed up. */
const refused: Readonly<Record<string, readonly [archive: Buffer, says: RegExp]>> = {
  "an absolute name": [archive(entry({ name: "/etc/cron.d/x" }, content)), /"\/etc\/cron.d\/x" is an absolute path/],
  "a name with ..": [archive(entry({ name: "a/../../x" }, content)), /part "\.\."/],
  "the name ..": [archive(entry({ name: ".." }, content)), /part "\.\."/],
  "a name with a doubled slash": [archive(entry({ name: "a//b" }, content)), /part ""/],
  "a name with a line break": [archive(entry({ name: "a\nb" }, content)), /control character/],
  "a name with an escape sequence": [archive(entry({ name: "a\u001b[2Jb" }, content)), /control character/],
  "a name of 300 bytes in one part": [archive(entry({ name: "x".repeat(300) }, content)), /more than 255 bytes/],
  "an absolute name in a pax record": [archive(pax("path=/etc/x"), harmless), /absolute/],
  "a name with .. in a GNU long name": [
    archive(entry({ name: "././@LongLink", type: "L" }, Buffer.from("../../x\0")), harmless),
    /part "\.\."/,
  ],
  "a link to an absolute path": [archive(link("l", "/etc/shadow")), /"l" is a link that is absolute/],
  "a link that leads out": [archive(link("l", "../x")), /leads out/],
  "a link that leads out from below": [archive(link("a/b/l", "../../../x")), /leads out/],
  "a link that leads out through another link": [
    archive(entry({ name: "d/e/f", type: "5" }), link("d/e/up", "../.."), link("l", "d/e/up/../x")),
    /"l" is a link that leads out/,
  ],
  "links in a circle": [archive(link("a", "b/x"), link("b", "a/x")), /circles/],
  "a file below a link": [
    archive(link("a", "b"), entry({ name: "b", type: "5" }), entry({ name: "a/x" })),
    /no directory/,
  ],
  "a file below a file": [archive(harmless, entry({ name: "a.txt/x" })), /no directory/],
  "the same name twice": [archive(harmless, harmless), /comes twice/],
  "a link, then a file of the same name": [archive(link("a.txt", "b"), harmless), /comes twice/],
  "a hard link": [archive(harmless, entry({ name: "h", type: "1", link: "a.txt" })), /hard link/],
  "a hard link to a file of the host": [archive(entry({ name: "h", type: "1", link: "/etc/shadow" })), /hard link/],
  "a character device": [archive(entry({ name: "null", type: "3" })), /character device/],
  "a block device": [archive(entry({ name: "sda", type: "4" })), /block device/],
  "a named pipe": [archive(entry({ name: "pipe", type: "6" })), /named pipe/],
  "a sparse file": [archive(entry({ name: "s", type: "S" })), /sparse/],
  "a type that nobody knows": [archive(entry({ name: "q", type: "Q" })), /unknown type "Q"/],
  "a set-user-ID file": [archive(entry({ name: "su", mode: 0o4755 }, content)), /set-user-ID/],
  "a set-group-ID directory": [archive(entry({ name: "d", type: "5", mode: 0o2755 })), /set-group-ID/],
  "a directory that has bytes": [archive(entry({ name: "d", type: "5" }, content)), /no data has a size/],
  "a sparse file in a pax record": [archive(pax("GNU.sparse.major=1"), harmless), /GNU.sparse.major/],
  "a global pax record that renames everything": [
    archive(entry({ name: "pax", type: "g" }, Buffer.from("13 path=../x\n")), harmless),
    /record "path"/,
  ],
  "a pax record that lies about its length": [
    archive(entry({ name: "pax", type: "x" }, Buffer.from("99 path=x\n")), harmless),
    /malformed/,
  ],
  "a size beyond the end": [archive(edited(entry({ name: "a" }), 124, "00077777777")), /middle of an entry/],
  "a size in GNU's binary notation": [
    archive(edited(entry({ name: "a" }), 124, "\u0080\0\0\0\0\0\0\0\0\0\0\u0001")),
    /octal/,
  ],
  "a wrong checksum": [archive(edited(entry({ name: "a" }), 0, "b", true)), /checksum/],
  "another archive after the end": [Buffer.concat([archive(harmless), archive(entry({ name: "b" }))]), /after its end/],
  "no end": [harmless, /too early|middle/],
  "no archive at all": [Buffer.from("this is no tar file\n".repeat(100)), /can be trusted/],
  "a name that is not UTF-8": [archive(edited(entry({ name: "a" }), 0, "\u00ff\u00fe")), /not UTF-8/],
};

describe("an archive that a build left", () => {
  it("is kept as it is when it holds files, directories and inner links", async () => {
    const bytes = archive(
      entry({ name: "bin", type: "5" }),
      entry({ name: "bin/run", mode: 0o755 }, content),
      link("run", "bin/run"),
    );
    expect(await takeIn(bytes)).toMatchObject({ form: "tar", name: "release.tar", bytes: bytes.length });
  });

  it("may come from GNU tar, with long names and a link", async () => {
    const tree = join(directory, "tree");
    mkdirSync(join(tree, "d".repeat(120), "e".repeat(120)), { recursive: true });
    writeFileSync(join(tree, "d".repeat(120), "e".repeat(120), "f".repeat(120)), "x");
    symlinkSync(`${"d".repeat(120)}/${"e".repeat(120)}`, join(tree, "l"));
    for (const format of ["gnu", "pax", "ustar"]) {
      const what = format === "ustar" ? "l" : ".";
      if (format === "ustar") symlinkSync("short", join(tree, "l2"));
      const made = execFileSync("tar", [
        `--format=${format}`,
        "-cf",
        "-",
        "-C",
        tree,
        format === "ustar" ? "l2" : what,
      ]);
      expect(await takeIn(made)).toMatchObject({ form: "tar" });
    }
  });

  it.each(Object.entries(refused))("is refused with %s", async (_title, [bytes, says]) => {
    const refusal = await takeIn(bytes).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ArtifactRefused);
    expect((refusal as Error).message).toMatch(says);
  });

  it("is refused when it is compressed, with what to do instead", async () => {
    for (const name of ["release.tar.gz", "release.tgz", "release.tar"])
      await expect(takeIn(gzipSync(archive(harmless)), name)).rejects.toThrow(/leave the directory or a plain .tar/);
  });

  it("packed elsewhere gets the digest that its directory has here", async () => {
    const tree = join(directory, "same");
    mkdirSync(join(tree, "sub/empty"), { recursive: true });
    writeFileSync(join(tree, "sub/one"), "1", { mode: 0o755 });
    writeFileSync(join(tree, "two"), "2");
    symlinkSync("sub/one", join(tree, "l"));
    const here = await artifacts.takeIn(tree);
    const packed = join(directory, "packed.tar");
    for (const format of ["gnu", "pax", "ustar"]) {
      execFileSync("tar", [`--format=${format}`, "--owner=7", "--mtime=@1234567", "-cf", packed, "-C", tree, "."]);
      expect(await artifacts.takeInPacked(packed, "same")).toEqual(here);
    }
  });

  it("packed elsewhere may hold hard links, which become files", async () => {
    const packed = join(directory, "hard.tar");
    writeFileSync(packed, archive(harmless, entry({ name: "h", type: "1", link: "a.txt" })));
    const { sha256 } = await artifacts.takeInPacked(packed, "hard");
    const listed = execFileSync("tar", ["-tf", "-"], {
      input: Buffer.concat(await Array.fromAsync(artifacts.read(sha256).stream())),
    });
    expect(listed.toString().split("\n")).toEqual(["a.txt", "h", ""]);
  });
});
