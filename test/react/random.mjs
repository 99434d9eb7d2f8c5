// Scalars, texts and bytes at random, the same for the same seed. They are meant to be odd.

/** A small generator of numbers (mulberry32), since Math.random takes no seed. */
export class Random {
  #state;
  constructor(seed, index = 0) {
    this.#state = (Math.imul(seed, 0x9e3779b1) + Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  }
  /** From 0 to 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  below(limit) {
    return Math.floor(this.next() * limit);
  }
  chance(share) {
    return this.next() < share;
  }
  pick(list) {
    return list[this.below(list.length)];
  }
  /** A list of fewer than `limit` things. */
  some(limit, make) {
    return Array.from({ length: this.below(limit) }, () => make());
  }
}

export const words = (text) => text.trim().split(/\s+/);
const undefinedValue = { $: 'undef' };
const special = (v) => ({ $: 'num', v });

// Half a surrogate pair is not among it: it has no UTF-8.
const pieces = [
  ...words(`a word & < > " ' \` \\ / &amp; &#39; </script> </style </textarea> <!-- --> ]]> é ß 漢 😀 👩‍👩‍👧 0 1: : , T1, {"a":1} $ $$ $1
    $L1 $@1 $undefined $Sreact.fragment @ % \${x} javascript: 2024-01-02T03:04:05.678Z NaN __html true`),
  ...[' ', '  ', '\n', '\r\n', '\r', '\t', '\u0000', '\u0001', '\u001f', '\u007f', '\u0085', '\u00a0'],
  ...['\u2028', '\u2029', '\ufeff', '\ufffd', 'e\u0301'],
];
export function text(random) {
  const built = random.some(6, () => random.pick(pieces)).join('');
  if (!random.chance(0.01)) return built;
  return unmarked(built + random.pick(pieces).repeat(1000) + 'x'.repeat(random.below(30)));
}
/** React's own server and client lose the U+FEFF at the start of what is a row of its own: the long, and a stream's. */
export const unmarked = (jsv) => (typeof jsv === 'string' ? jsv.replace(/^\ufeff+/, '') : jsv);
export const longText = (random) => ({
  $: 'rep',
  s: random.pick(['abc', 'é漢😀', '$', '"\n', '<&>']),
  n: 150 + random.below(random.chance(0.1) ? 3000 : 400),
});

const plainNames = words('a b c id name list child value constructor length toString status');

/** Pairs for an object, with names that JavaScript does not move before the others, and that make it no thenable. */
export function fields(random, limit, value) {
  const name = () => {
    const one = random.chance(0.8) ? random.pick(plainNames) : [...text(random)].slice(0, 40).join('');
    return /^\d+$/.test(one) || one === '__proto__' ? `${one}_` : one;
  };
  return [...new Map(random.some(limit, () => [name(), value()]))];
}

const whole = [0, 1, -1, 7, 42, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 53 - 1)];
const numbers = [...whole, 0.5, -0.1, 1e21, 1e-7, 1.5e300, 5e-324, 1e15 + 0.3];
export function number(random) {
  if (random.chance(0.1)) return special(random.pick(['NaN', 'Infinity', '-Infinity', '-0']));
  return random.chance(0.5) ? random.pick(numbers) : random.next() * 10 ** random.below(12);
}
export function bigint(random) {
  if (random.chance(0.1)) return { $: 'bigint', v: '0' };
  const digits = [1 + random.below(9), ...random.some(40, () => random.below(10))].join('');
  return { $: 'bigint', v: random.chance(0.3) ? `-${digits}` : digits };
}
const date = (random) => ({ $: 'date', v: new Date(Math.floor((random.next() * 2 - 0.5) * 4e12)).toISOString() });

/** What an attribute or a style may hold beside a text: taken as a number, as true, or as nothing. */
export const oddValues = [null, true, false, '', 0, 1, 1.5, -3, 1e21, undefinedValue, special('NaN'), special('-0')];

export function scalar(random) {
  const kind = random.below(20);
  if (kind < 8) return text(random);
  if (kind < 13) return number(random);
  if (kind < 15) return random.chance(0.5);
  if (kind < 16) return null;
  if (kind < 17) return undefinedValue;
  if (kind < 18) return bigint(random);
  return date(random);
}

const base64 = (random, length) => Buffer.from(Array.from({ length }, () => random.below(256))).toString('base64');
const widths = {
  Int8Array: 1, Uint8Array: 1, Uint8ClampedArray: 1, Int16Array: 2, Uint16Array: 2, Int32Array: 4, Uint32Array: 4,
  Float32Array: 4, Float64Array: 8, BigInt64Array: 8, BigUint64Array: 8, DataView: 1,
};
export function bytes(random) {
  if (random.chance(0.1)) return { $: 'arraybuffer', b64: base64(random, random.below(20)) };
  const kind = random.pick(Object.keys(widths));
  return { $: 'bytes', kind, b64: base64(random, widths[kind] * random.below(random.chance(0.05) ? 300 : 6)) };
}
const types = ['', 'text/plain', 'image/png', 'application/x;a=b'];
const content = (random) => ({ type: random.pick(types), b64: base64(random, random.below(30)) });
export const blob = (random) => ({ $: 'blob', ...content(random) });
export const file = (random) => ({
  $: 'file',
  name: random.pick(['n.txt', 'blob', 'é 漢.png', 'a"b', '']),
  ...content(random),
});
