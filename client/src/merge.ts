// Three-way merge of plain text by Unicode code points; positions in `mine` (carets) are carried along. The same
// algorithm as C++'s (src/objects), on the same vectors (test/vectors/merge.json): the edits of both sides against the
// base, the union of their deletions, and at equal positions theirs first.

/** Text in place of `del` code points at `at` of the base. */
export interface Edit {
  readonly at: number;
  readonly del: number;
  readonly ins: string;
}

export interface Merged {
  readonly text: string;
  /** The carets in `text`, in UTF-16 units as the browser counts them. */
  readonly carets: readonly number[];
}

// Beyond so many insertions and deletions two texts have little in common, and one edit stands for the whole change.
const mostSteps = 400;

/** The edits that lead from `from` to `to`, in order (Myers, inside the common prefix and suffix). */
export function diff(from: string, to: string): Edit[] {
  return diffPoints(Array.from(from), Array.from(to));
}

/** `carets` are positions in `mine`, in UTF-16 units. */
export function merge(base: string, mine: string, theirs: string, carets: readonly number[] = []): Merged {
  const points = Array.from(base);
  const ours = spread(diffPoints(points, Array.from(mine)));
  const other = spread(diffPoints(points, Array.from(theirs)));
  const moved = carets.map((caret): number => (caret === 0 ? 0 : -1));
  let text = '';
  let passed = 0; // how much of `mine` is behind us
  const pass = (point: string, keep: boolean): void => {
    const start = passed;
    passed += point.length;
    if (keep) text += point;
    carets.forEach((caret, i) => {
      if (caret > start && caret <= passed) moved[i] = text.length;
    });
  };
  for (let i = 0; i <= points.length; i++) {
    text += other.inserted.get(i) ?? '';
    for (const point of ours.inserted.get(i) ?? '') pass(point, true);
    const point = points[i];
    if (point === undefined) break;
    const isTheirs = !other.deleted.has(i);
    if (!ours.deleted.has(i)) pass(point, isTheirs);
  }
  return { text, carets: moved.map((caret) => (caret < 0 ? text.length : caret)) };
}

interface Spread {
  readonly inserted: Map<number, string>;
  readonly deleted: Set<number>;
}

function spread(edits: readonly Edit[]): Spread {
  const inserted = new Map<number, string>();
  const deleted = new Set<number>();
  for (const { at, del, ins } of edits) {
    if (ins !== '') inserted.set(at, ins);
    for (let i = at; i < at + del; i++) deleted.add(i);
  }
  return { inserted, deleted };
}

function diffPoints(from: readonly string[], to: readonly string[]): Edit[] {
  let start = 0;
  let fromEnd = from.length;
  let toEnd = to.length;
  while (start < fromEnd && start < toEnd && from[start] === to[start]) start++;
  while (fromEnd > start && toEnd > start && from[fromEnd - 1] === to[toEnd - 1]) {
    fromEnd--;
    toEnd--;
  }
  if (fromEnd === start && toEnd === start) return [];
  const whole: Edit = { at: start, del: fromEnd - start, ins: to.slice(start, toEnd).join('') };
  if (fromEnd === start || toEnd === start) return [whole];
  const steps = shortestSteps(from.slice(start, fromEnd), to.slice(start, toEnd));
  return steps ? gathered(steps, start) : [whole];
}

/** One code point inserted or deleted, in order. Undefined if there are more than `mostSteps`. */
function shortestSteps(from: readonly string[], to: readonly string[]): Edit[] | undefined {
  const most = Math.min(from.length + to.length, mostSteps);
  const reach = new Int32Array(2 * most + 2); // by diagonal: how far into `from`
  const at = (line: Int32Array, diagonal: number): number => line[most + diagonal] ?? 0;
  const trace: Int32Array[] = [];
  for (let cost = 0; cost <= most; cost++) {
    trace.push(reach.slice());
    for (let diagonal = -cost; diagonal <= cost; diagonal += 2) {
      const inserts = stepsDown(reach, at, diagonal, cost);
      let x = inserts ? at(reach, diagonal + 1) : at(reach, diagonal - 1) + 1;
      while (x < from.length && x - diagonal < to.length && from[x] === to[x - diagonal]) x++;
      reach[most + diagonal] = x;
      if (x >= from.length && x - diagonal >= to.length) return traceBack(trace, at, from.length, to, cost);
    }
  }
  return undefined;
}

function traceBack(
  trace: readonly Int32Array[],
  at: (line: Int32Array, diagonal: number) => number,
  fromLength: number,
  to: readonly string[],
  cost: number,
): Edit[] {
  const steps: Edit[] = [];
  let x = fromLength;
  let y = to.length;
  for (; cost > 0; cost--) {
    const line = trace[cost];
    if (!line) break;
    const diagonal = x - y;
    const inserts = stepsDown(line, at, diagonal, cost);
    const before = inserts ? diagonal + 1 : diagonal - 1;
    const beforeX = at(line, before);
    const beforeY = beforeX - before;
    while (x > beforeX && y > beforeY) {
      x--;
      y--;
    }
    steps.push(x === beforeX ? { at: x, del: 0, ins: to[beforeY] ?? '' } : { at: beforeX, del: 1, ins: '' });
    x = beforeX;
    y = beforeY;
  }
  return steps.reverse();
}

/** Whether the way to this diagonal comes by an insertion. */
function stepsDown(
  line: Int32Array,
  at: (line: Int32Array, diagonal: number) => number,
  diagonal: number,
  cost: number,
): boolean {
  return diagonal === -cost || (diagonal !== cost && at(line, diagonal - 1) < at(line, diagonal + 1));
}

function gathered(steps: readonly Edit[], offset: number): Edit[] {
  const edits: { at: number; del: number; ins: string }[] = [];
  for (const { at, del, ins } of steps) {
    const last = edits.at(-1);
    if (last && last.at + last.del === offset + at) {
      last.del += del;
      last.ins += ins;
    } else {
      edits.push({ at: offset + at, del, ins });
    }
  }
  return edits;
}
