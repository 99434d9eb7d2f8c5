import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diff, merge, type Edit } from './merge.ts';
import { Random } from './testing/random.ts';

interface Vector {
  readonly name: string;
  readonly base: string;
  readonly mine: string;
  readonly theirs: string;
  readonly carets: number[];
  readonly text: string;
  readonly caretsAfter: number[];
}

const file = new URL('../../test/vectors/merge.json', import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8')).cases;

/** The vectors count in code points, the browser in UTF-16 units. */
const units = (text: string, points: number): number => Array.from(text).slice(0, points).join('').length;

describe('merge, on the vectors that C++ reads too', () => {
  it.each(vectors)('$name', ({ base, mine, theirs, carets, text, caretsAfter }) => {
    const merged = merge(
      base,
      mine,
      theirs,
      carets.map((caret) => units(mine, caret)),
    );
    expect(merged.text).toBe(text);
    expect(merged.carets).toEqual(caretsAfter.map((caret) => units(text, caret)));
  });
});

function applied(base: string, edits: readonly Edit[]): string {
  const points = Array.from(base);
  for (const { at, del, ins } of [...edits].reverse()) points.splice(at, del, ...Array.from(ins));
  return points.join('');
}

describe('merge, on random texts', () => {
  const pieces = ['a', 'b', 'a', '\n', 'ä', '𝄞', '👩‍🔬', 'word '] as const;
  const randomText = (random: Random, most: number): string =>
    Array.from({ length: random.below(most + 1) }, () => random.of(pieces)).join('');
  const randomEdit = (random: Random, text: string): string => {
    const points = Array.from(text);
    for (let i = random.below(4); i-- > 0; ) {
      points.splice(random.below(points.length + 1), random.below(4), ...Array.from(randomText(random, 3)));
    }
    return points.join('');
  };

  it('keeps its promises in 30,000 cases', () => {
    const random = new Random(20261125);
    for (let i = 0; i < 30_000; i++) {
      const base = randomText(random, 24);
      const mine = randomEdit(random, base);
      const theirs = randomEdit(random, base);
      expect(applied(base, diff(base, mine))).toBe(mine);
      expect(merge(base, mine, base).text).toBe(mine);
      expect(merge(base, base, theirs).text).toBe(theirs);

      const caret = random.below(mine.length + 1);
      const merged = merge(base, mine, theirs, [0, caret, mine.length]);
      expect(/\p{Surrogate}/u.test(merged.text)).toBe(false);
      const [start, at, end] = merged.carets;
      expect(start).toBe(0);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(at ?? 0);
      expect(end).toBeLessThanOrEqual(merged.text.length);
    }
  });

  it('keeps every insertion of both sides, in 10,000 cases', () => {
    const random = new Random(7);
    for (let i = 0; i < 10_000; i++) {
      const base = randomText(random, 20);
      const insert = (marks: string): string => {
        const points = Array.from(base);
        for (const mark of marks) points.splice(random.below(points.length + 1), 0, mark);
        return points.join('');
      };
      const merged = merge(base, insert('MNO'), insert('TUV')).text;
      for (const mark of 'MNOTUV') expect(merged.split(mark)).toHaveLength(2);
      expect(merged.replace(/[MNOTUV]/g, '')).toBe(base);
    }
  });
});
