// Makes a JSV (jsv.mjs) that differs smaller, for as long as it still differs in the same way.

const sequences = { set: steps, iterator: steps, stream: steps, asyncIterable: steps, asyncIterator: steps };
const stepsOfItems = { obj: pairSteps, formdata: pairSteps, map: entrySteps, ...sequences };

/** Each JSV that is `jsv` with one thing less, the greatest steps first. */
function* steps(jsv) {
  if (typeof jsv === 'string') yield* textSteps([...jsv]);
  if (jsv === null || typeof jsv !== 'object') return;
  yield* parts(jsv);
  if (Array.isArray(jsv)) {
    yield* listSteps(jsv, steps);
  } else if (jsv.$ === 'el') {
    if (jsv.key !== null) yield { ...jsv, key: null };
    for (const props of listSteps(jsv.props, pairSteps)) yield { ...jsv, props };
  } else if (jsv.$ === 'promise' || jsv.$ === 'def') {
    for (const v of steps(jsv.v)) yield { ...jsv, v };
  } else if (jsv.$ in stepsOfItems) {
    for (const v of listSteps(jsv.v, stepsOfItems[jsv.$])) yield { ...jsv, v };
  } else if (jsv.bound) {
    for (const bound of listSteps(jsv.bound, steps)) if (bound.length) yield { ...jsv, bound };
  } else if (jsv.$ === 'rep' && jsv.n > 1) {
    yield { ...jsv, n: jsv.n >> 1 };
    yield { ...jsv, n: jsv.n - 1 };
  }
}
function* textSteps(characters) {
  if (characters.length < 2) return;
  const half = characters.length >> 1;
  yield characters.slice(0, half).join('');
  yield characters.slice(half).join('');
  if (characters.length < 20) for (const i of characters.keys()) yield without(characters, i).join('');
}
// What stands in it, alone.
function parts(jsv) {
  if (Array.isArray(jsv)) return jsv;
  if (jsv.$ === 'el') return jsv.props.map(([, inner]) => inner);
  if (jsv.$ === 'map') return jsv.v.flat();
  if (jsv.$ === 'obj' || jsv.$ === 'formdata') return jsv.v.map(([, inner]) => inner);
  if (jsv.$ in sequences) return jsv.v;
  if (jsv.$ === 'promise' || jsv.$ === 'def') return [jsv.v];
  return jsv.bound ?? [];
}
const without = (list, i) => [...list.slice(0, i), ...list.slice(i + 1)];
function* listSteps(list, ofEach) {
  for (const i of list.keys()) yield without(list, i);
  for (const i of list.keys())
    for (const item of ofEach(list[i])) yield [...list.slice(0, i), item, ...list.slice(i + 1)];
}
function* pairSteps([name, inner]) {
  for (const less of steps(inner)) yield [name, less];
}
function* entrySteps([key, inner]) {
  for (const less of steps(key)) yield [less, inner];
  for (const less of steps(inner)) yield [key, less];
}

function* inLots(items, size) {
  let lot = [];
  for (const item of items) {
    lot.push(item);
    if (lot.length < size) continue;
    yield lot;
    lot = [];
  }
  if (lot.length) yield lot;
}

// Without the numbers: a smaller case fails elsewhere.
const manner = ({ invalid, got }) => (invalid ?? got?.rejected ?? 'differs').replace(/\d+/g, '');
const triesAtOnce = 100;
const triesAtMost = 20000;

/** The smallest JSV found that `compare` says to differ in the way of `difference`, and its difference. */
export async function smaller(jsv, difference, compare) {
  let tries = 0;
  for (let found = true; found && tries < triesAtMost; ) {
    found = false;
    for (const lot of inLots(steps(jsv), triesAtOnce)) {
      tries += lot.length;
      const differences = await compare(lot);
      const better = differences.findIndex((each) => each && manner(each) === manner(difference));
      if (better < 0) continue;
      found = true;
      jsv = lot[better];
      difference = differences[better];
      break;
    }
  }
  return { jsv, difference };
}
