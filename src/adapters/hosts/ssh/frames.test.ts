import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BrokenFrame, FrameReader, type Frame } from "./frames.ts";

// No piece below completes a beginning of it: nobody on a host can guess a real one either.
const marker = "~0123456789abcdeffedcba987654321f";

type Seen = { output: string } | Frame;

/** What a reader makes of a stream that is cut at the given places. */
function read(stream: Buffer, cuts: readonly number[]): Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader(
    marker,
    (bytes) => {
      const last = seen.at(-1);
      if (last !== undefined && "output" in last) last.output += bytes.toString("latin1");
      else seen.push({ output: bytes.toString("latin1") });
    },
    (frame) => seen.push(frame),
  );

  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  for (let index = 1; index < places.length; index++) reader.push(stream.subarray(places[index - 1], places[index]));

  return seen;
}

describe("a reader of frames", () => {
  it("tells frames from output", () => {
    const stream = Buffer.from(`garbage ${marker}b 12 bash\n${marker}s 1 99\nhello\n${marker}e 1 3\n`);
    expect(read(stream, [])).toEqual([
      { output: "garbage " },
      { kind: "begin", shellPid: 12, loginShell: "bash" },
      { kind: "started", request: 1, pid: 99 },
      { output: "hello\n" },
      { kind: "ended", request: 1, code: 3 },
    ]);
  });

  it("sees the same wherever the stream is cut, also with output that imitates frames", () => {
    const almost = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: 1, max: marker.length - 10 }).map((length) => Buffer.from(marker.slice(0, length))),
      fc.constantFrom(
        ...["e 1 0\n", "0", "s 1 1\n", "\0", "\n", `${marker.slice(1)}e 1 0\n`].map((text) => Buffer.from(text)),
      ),
    );
    const frame = fc.nat(1000).map((id): Buffer => Buffer.from(`${marker}s ${id} ${id + 1}\n`));
    const pieces = fc.array(fc.oneof({ weight: 4, arbitrary: almost }, frame), { maxLength: 30 });

    fc.assert(
      fc.property(pieces, fc.array(fc.nat(), { maxLength: 40 }), (list, cuts) => {
        const stream = Buffer.concat([...list, Buffer.from(`${marker}e 7 0\n`)]);
        const whole = read(stream, []);
        expect(read(stream, cuts)).toEqual(whole);
        expect(rebuilt(whole)).toEqual(stream.toString("latin1"));
      }),
      { numRuns: 500 },
    );
  });

  it("holds nothing back that cannot be the beginning of a frame", () => {
    expect(read(Buffer.from("a prompt without a newline: "), [])).toEqual([{ output: "a prompt without a newline: " }]);
  });

  it("takes a frame that comes byte by byte", () => {
    const stream = Buffer.from(`x${marker}e 5 127\ny`);
    const everywhere = Array.from(stream, (_, index) => index);
    expect(read(stream, everywhere)).toEqual([
      { output: "x" },
      { kind: "ended", request: 5, code: 127 },
      { output: "y" },
    ]);
  });

  it.each([
    ["an unknown letter", `${marker}z 1\n`],
    ["a missing number", `${marker}e\n`],
    ["a number that is none", `${marker}e 1 0x10\n`],
    ["a huge number", `${marker}e 1 ${"9".repeat(40)}\n`],
    ["no end", `${marker}e ${"1".repeat(2000)}`],
  ])("refuses a frame with %s", (_, text) => {
    expect(() => read(Buffer.from(text), [])).toThrow(BrokenFrame);
  });
});

function rebuilt(seen: readonly Seen[]): string {
  return seen
    .map((part) => {
      if ("output" in part) return part.output;
      if (part.kind === "started") return `${marker}s ${part.request} ${part.pid}\n`;
      if (part.kind === "ended") return `${marker}e ${part.request} ${part.code}\n`;
      return "";
    })
    .join("");
}
