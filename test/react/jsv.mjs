// JSV is JSON for the values that React transports (test/vectors/flight/README.md): scalars and arrays mean themselves, an
// object is a value with a tag under "$". `build` makes the value that a JSV stands for, `describe` the JSV of a value.

const views = {
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView,
};
const elementType = Symbol.for('react.transitional.element');
const lazyType = Symbol.for('react.lazy');

// An ArrayBuffer of its own: Buffer's may be a part of a pool.
function bytesOf(base64) {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}
const base64Of = (buffer, ...range) => Buffer.from(buffer, ...range).toString('base64');
async function* inTurn(items) {
  yield* items;
}
// A promise that may be rejected before somebody reads it, or may never be read.
function unheard(promise) {
  promise.catch(() => {});
  return promise;
}
const later = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * The value that `jsv` stands for. `make` says what depends on the side that it is built for: jsx(type, props, key),
 * client(id), server(id) and component(jsv, build).
 */
export function build(jsv, make, shared = new Map()) {
  if (jsv === null || typeof jsv !== 'object') return jsv;
  const from = (inner) => build(inner, make, shared);
  const keep = (value) => (jsv.id === undefined ? value : (shared.set(jsv.id, value), value));
  if (Array.isArray(jsv)) return jsv.map(from);
  switch (jsv.$) {
    case 'el': {
      const type = from(jsv.type);
      const props = Object.fromEntries(jsv.props.map(([name, value]) => [name, from(value)]));
      return make.jsx(type, props, jsv.key ?? undefined);
    }
    case 'obj': {
      const object = keep({});
      for (const [name, value] of jsv.v) object[name] = from(value);
      return object;
    }
    case 'arr': {
      const array = keep([]);
      for (const item of jsv.v) array.push(from(item));
      return array;
    }
    case 'def': return keep(from(jsv.v));
    case 'ref': return shared.get(jsv.id);
    case 'undef': return undefined;
    case 'num': return Number(jsv.v);
    case 'bigint': return BigInt(jsv.v);
    case 'rep': return jsv.s.repeat(jsv.n);
    case 'date': return new Date(jsv.v);
    case 'sym': return Symbol.for(jsv.v);
    case 'map': return new Map(jsv.v.map((pair) => pair.map(from)));
    case 'set': return new Set(jsv.v.map(from));
    case 'bytes': return new views[jsv.kind](bytesOf(jsv.b64));
    case 'arraybuffer': return bytesOf(jsv.b64);
    case 'blob': return new Blob([bytesOf(jsv.b64)], { type: jsv.type });
    case 'file': return new File([bytesOf(jsv.b64)], jsv.name, { type: jsv.type });
    case 'formdata': {
      const form = new FormData();
      for (const [name, value] of jsv.v) form.append(name, from(value));
      return form;
    }
    case 'error': return Object.assign(new Error(jsv.message), jsv.digest === undefined ? {} : { digest: jsv.digest });
    case 'promise': return unheard(later(jsv.delay).then(() => from(jsv.v)));
    case 'reject': return unheard(Promise.reject(from(jsv.v)));
    case 'iterator': return jsv.v.map(from).values();
    case 'stream': {
      const start = (controller) => {
        for (const item of jsv.v) controller.enqueue(from(item));
        controller.close();
      };
      return new ReadableStream({ start });
    }
    case 'asyncIterable': return { [Symbol.asyncIterator]: () => inTurn(jsv.v.map(from)) };
    case 'asyncIterator': return inTurn(jsv.v.map(from));
    case 'client': return make.client(jsv.id);
    case 'server': {
      const action = make.server(jsv.id);
      return jsv.bound ? action.bind(null, ...jsv.bound.map(from)) : action;
    }
    case 'comp': return make.component(jsv, from);
    default: throw new Error(`no value is built from ${JSON.stringify(jsv)}`);
  }
}

/** What the callServer of a reading returns, so that `describe` sees which action a function calls, and with what. */
export class Call {
  constructor(id, bound) {
    this.id = id;
    this.bound = bound;
  }
}

const failure = (error) => (error?.digest === undefined ? {} : { digest: error.digest });

/**
 * The JSV of what React's client made, once all in it has arrived. That two places hold the same object is not told, so
 * that only what a value means is compared; an object inside itself is a `same` with the path of the outer one.
 */
export async function describe(value, path = '$', around = []) {
  if (value === undefined) return { $: 'undef' };
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (Object.is(value, -0)) return { $: 'num', v: '-0' };
    return Number.isFinite(value) ? value : { $: 'num', v: `${value}` };
  }
  if (typeof value === 'bigint') return { $: 'bigint', v: `${value}` };
  if (typeof value === 'symbol') return { $: 'sym', v: value.description };

  const outer = around.find(([object]) => object === value);
  if (outer) return { $: 'same', path: outer[1] };
  const inside = [...around, [value, path]];
  const of = (inner, step) => describe(inner, path + step, inside);
  const each = async (items, step) => {
    const described = [];
    for (const [i, item] of [...items].entries()) described.push(await of(item, step(i)));
    return described;
  };
  const pairs = async (entries, step) => {
    const described = [];
    for (const [name, inner] of entries) described.push([name, await of(inner, step(name))]);
    return described;
  };

  if (typeof value === 'function') {
    if (value.clientId) return { $: 'client', id: value.clientId };
    const call = await value();
    const bound = await each(call.bound, (i) => `.bound[${i}]`);
    return bound.length ? { $: 'server', id: call.id, bound } : { $: 'server', id: call.id };
  }
  if (value.$$typeof === lazyType) return describeLazy(value, path, around);
  if (value.$$typeof === elementType)
    return {
      $: 'el',
      type: await of(value.type, '.type'),
      key: value.key,
      props: await pairs(Object.entries(value.props), (name) => `.props.${name}`),
    };
  if (Array.isArray(value)) return each(value, (i) => `[${i}]`);
  if (value instanceof Date) return { $: 'date', v: Number.isNaN(+value) ? 'Invalid' : value.toISOString() };
  if (value instanceof Map) {
    const keys = await each(value.keys(), (i) => `.key${i}`);
    const values = await each(value.values(), (i) => `.val${i}`);
    return { $: 'map', v: keys.map((key, i) => [key, values[i]]) };
  }
  if (value instanceof Set) return { $: 'set', v: await each(value, (i) => `.item${i}`) };
  if (value instanceof FormData) return { $: 'formdata', v: await pairs(value, (name) => `.${name}`) };
  if (value instanceof Error) return { $: 'error', ...failure(value) };
  if (value instanceof ArrayBuffer) return { $: 'arraybuffer', b64: base64Of(value) };
  if (ArrayBuffer.isView(value))
    return {
      $: 'bytes',
      kind: Buffer.isBuffer(value) ? 'Uint8Array' : value.constructor.name,
      b64: base64Of(value.buffer, value.byteOffset, value.byteLength),
    };
  if (value instanceof Blob) {
    const content = { type: value.type, b64: base64Of(await value.arrayBuffer()) };
    return value instanceof File ? { $: 'file', name: value.name, ...content } : { $: 'blob', ...content };
  }
  if (value instanceof ReadableStream) return describeStream(value, of);
  if (typeof value.then === 'function') {
    const [inner, error] = await Promise.resolve(value).then((inner) => [inner], (error) => [undefined, error]);
    return error ? { $: 'reject', v: { $: 'error', ...failure(error) } } : { $: 'promise', v: await of(inner, '.then') };
  }
  if (typeof value[Symbol.asyncIterator] === 'function') return describeAsync(value, of);
  if (typeof value[Symbol.iterator] === 'function') return { $: 'iterator', v: await each(value, (i) => `.it${i}`) };
  return { $: 'obj', v: await pairs(Object.entries(value), (name) => `.${name}`) };
}

async function describeLazy(lazy, path, around) {
  for (;;) {
    let inner;
    try {
      inner = lazy._init(lazy._payload);
    } catch (thrown) {
      if (typeof thrown?.then !== 'function') return { $: 'lazyError', ...failure(thrown) };
      await thrown.then(() => {}, () => {});
      continue;
    }
    return describe(inner, path, around);
  }
}

async function describeStream(stream, of) {
  const items = [];
  try {
    for await (const item of stream) items.push(await of(item, `.chunk${items.length}`));
  } catch (error) {
    return { $: 'stream', v: items, error: failure(error) };
  }
  if (!items.length || items.some((item) => item?.kind !== 'Uint8Array')) return { $: 'stream', v: items };
  return { $: 'bytestream', b64: Buffer.concat(items.map(({ b64 }) => Buffer.from(b64, 'base64'))).toString('base64') };
}

async function describeAsync(iterable, of) {
  const iterator = iterable[Symbol.asyncIterator]();
  const $ = iterator === iterable ? 'asyncIterator' : 'asyncIterable';
  const items = [];
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return value === undefined ? { $, v: items } : { $, v: items, ret: await of(value, '.ret') };
      items.push(await of(value, `.it${items.length}`));
    }
  } catch (error) {
    return { $, v: items, error: failure(error) };
  }
}
