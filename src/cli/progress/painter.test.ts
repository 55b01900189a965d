import { describe, expect, it } from "vitest";

import { FakeShell } from "../../../test/support/fake-shell.ts";
import { Painter } from "./painter.ts";

const terminal = { columns: 80, rows: 24 };

function aPainter(): { readonly shell: FakeShell; readonly painter: Painter; written(): string } {
  const shell = new FakeShell({ terminal });
  let read = 0;
  return {
    shell,
    painter: new Painter(shell.err, shell),
    written: () => {
      const text = shell.err.text.slice(read);
      read = shell.err.text.length;
      return text;
    },
  };
}

describe("the painter", () => {
  it("keeps words above the frame", () => {
    const { shell, painter, written } = aPainter();
    painter.paint(() => ["one"]);
    painter.say("pausing");
    expect(written()).toBe("\u001B[Jone\n\u001B[1A\r\u001B[Jpausing\none\n");
    void shell.pass(100);
    painter.paint(() => ["two"]);
    expect(written()).toBe("\u001B[1A\r\u001B[Jtwo\n");
  });

  it("puts a frame over the one before", () => {
    const { shell, painter, written } = aPainter();
    painter.paint(() => ["one", "two"]);
    expect(written()).toBe("\u001B[Jone\ntwo\n");
    void shell.pass(100);
    painter.paint(() => ["three"]);
    expect(written()).toBe("\u001B[2A\r\u001B[Jthree\n");
  });

  it("shows at most ten frames a second, and always the last one", async () => {
    const { shell, painter, written } = aPainter();
    for (let frame = 0; frame <= 50; frame += 1) {
      painter.paint(() => [`frame ${frame}`]);
      await shell.pass(10);
    }
    await shell.pass(100);
    const frames = written().match(/frame \d+/g)!;
    expect(frames.length).toBeLessThanOrEqual(7);
    expect(frames.at(-1)).toBe("frame 50");
  });

  it("writes nothing when nothing changed", async () => {
    const { shell, painter, written } = aPainter();
    painter.paint(() => ["same"]);
    written();
    await shell.pass(1000);
    painter.paint(() => ["same"]);
    expect(written()).toBe("");
  });

  it("takes the last frame away in the end", () => {
    const { painter, written } = aPainter();
    painter.paint(() => ["one"]);
    written();
    painter.clear();
    expect(written()).toBe("\u001B[1A\r\u001B[J");
  });
});
