import { describe, expect, it } from "vitest";

import { goldenNames, inWords, readGolden } from "../../test/support/golden-journal.ts";
import { stories } from "../../test/support/stories.ts";
import { fold } from "./fold.ts";
import { guard } from "./interlock.ts";
import { nextMove } from "./next-move.ts";

describe("a journal that was written once", () => {
  it.each(goldenNames().map((name) => [name, readGolden(name)] as const))(
    "still says what is next: %s",
    (_name, { journal }) => {
      const told = journal.map(({ at }, index) => {
        const deployment = fold("d", journal.slice(0, index + 1));
        const move = nextMove(deployment, at);
        return { next: inWords(move), refused: guard(deployment, move)?.message };
      });
      expect(told).toEqual(journal.map(({ next }) => ({ next, refused: undefined })));
    },
  );

  it("exists for every story, and tells it", () => {
    expect(goldenNames().toSorted()).toEqual(Object.keys(stories).toSorted());
    expect(goldenNames().map((name) => readGolden(name).story)).toEqual(
      goldenNames().map((name) => stories[name]?.story),
    );
  });
});
