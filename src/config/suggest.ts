/** A guess is a courtesy: it may not cost more than the rest of the reading. */
const mostCandidates = 200;

/** The nearest of some known words, or nothing when none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const asked = simplified(word);
  let best: { readonly word: string; readonly distance: number } | undefined;
  let looked = 0;
  for (const candidate of known) {
    if (++looked > mostCandidates) break;
    if (candidate.length > 64) continue;
    const simple = simplified(candidate);
    const limit = Math.max(1, Math.floor(Math.max(asked.length, simple.length) / 3));
    const distance = isPart(asked, simple) ? 1 : editDistance(asked, simple);
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { word: candidate, distance };
    }
  }
  return best?.word;
}

/** As a sentence, with a space in front when there is one. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const guess = nearest(word, known);
  return guess === undefined ? undefined : `Did you mean ${guess}?`;
}

function simplified(word: string): string {
  return word.toLowerCase().replaceAll(/[-_. ]/g, "");
}

function isPart(asked: string, known: string): boolean {
  return asked.length > 3 && known.length > 3 && (asked.startsWith(known) || known.startsWith(asked));
}

/** Insertions, deletions, replacements and swapped neighbours that lie between two words. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[right.length]!;
}
