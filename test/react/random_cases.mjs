// Cases at random, written as JSV (jsv.mjs): trees, values and arguments. What React refuses, or no server would send,
// is left out.

import { bigint, blob, bytes, fields, file, longText, number, oddValues, scalar, text, unmarked, words } from './random.mjs';

const actions = ['/src/app/actions.ts#save', '/src/app/actions.ts#del'];
const clients = ['/a.tsx#A', '/b.tsx#B', '/src/app/Counter.tsx#Counter', '/src/app/$é.tsx#Link'];

/** Anything that a server can send: as a page's prop, or as an action's result. */
export function value(random, depth = 4) {
  const inner = () => value(random, depth - 1);
  if (depth === 0 || random.chance(0.25)) return scalar(random);
  switch (random.below(17)) {
    case 0: case 1: return random.some(5, inner);
    case 2: case 3: case 4: return { $: 'obj', v: fields(random, 5, inner) };
    case 5: return { $: 'map', v: random.some(4, () => [member(inner), inner()]) };
    case 6: return { $: 'set', v: random.some(4, () => member(inner)) };
    case 7: return bytes(random);
    case 8: return blob(random);
    case 9: return form(random, () => (random.chance(0.2) ? blob(random) : text(random)));
    case 10: return random.chance(0.8) ? { $: 'promise', v: inner() } : { $: 'reject', v: failure(random) };
    case 11: return action(random, inner);
    case 12: case 13: return element(random, 3);
    case 14: return longText(random);
    case 15: return sequence(random, inner);
    default: return random.chance(0.2) ? { $: 'error', message: 'm' } : { $: 'client', id: random.pick(clients) };
  }
}
const failure = (random) => ({ $: 'error', message: 'm', digest: text(random) });
const sequences = ['iterator', 'stream', 'asyncIterable', 'asyncIterator'];
// JavaScript awaits what a generator yields: no Promise comes out of it.
const awaited = (jsv) => (jsv?.$ === 'promise' || jsv?.$ === 'reject' ? awaited(jsv.v) : jsv);
function sequence(random, inner) {
  const v = random.some(4, () => unmarked(awaited(inner())));
  // A stream of bytes alone could as well be a byte stream: `describe` does not tell them apart.
  return { $: v.every((item) => item?.$ === 'bytes') ? 'iterator' : random.pick(sequences), v };
}
const form = (random, entry) => ({ $: 'formdata', v: random.some(4, () => [formName(random), entry()]) });
const formName = (random) => (random.chance(0.7) ? random.pick(['a', 'b', '_1_a', '1', 'name']) : text(random));

function action(random, inner) {
  const id = random.pick(actions);
  return random.chance(0.5) ? { $: 'server', id } : { $: 'server', id, bound: [inner(), ...random.some(3, inner)] };
}
// Of a Map or Set: the same action twice is one member here, but two for who reads rows that hold it twice.
function member(inner) {
  const made = inner();
  return made?.$ === 'server' ? made.id : made;
}

/** The arguments of a call from the browser, some of which may be the same object. */
export function args(random) {
  const shared = { $: 'def', id: 's', v: { $: 'obj', v: fields(random, 3, () => scalar(random)) } };
  if (random.chance(0.05)) return argument(random, 3, false);
  const shares = random.chance(0.3);
  return [...(shares ? [shared] : []), ...random.some(5, () => argument(random, 4, shares))];
}
function argument(random, depth, shares) {
  const inner = () => argument(random, depth - 1, shares);
  if (shares && random.chance(0.1)) return { $: 'ref', id: 's' };
  if (depth === 0 || random.chance(0.3)) return scalar(random);
  switch (random.below(14)) {
    case 0: case 1: return random.some(5, inner);
    case 2: case 3: case 4: return { $: 'obj', v: fields(random, 5, inner) };
    case 5: return { $: 'map', v: random.some(4, () => [inner(), inner()]) };
    case 6: return { $: 'set', v: random.some(4, inner) };
    case 7: return bytes(random);
    case 8: return random.chance(0.5) ? file(random) : blob(random);
    case 9: return form(random, () => (random.chance(0.3) ? file(random) : text(random)));
    case 10: return { $: 'promise', v: inner() };
    case 11: return { $: 'server', id: random.pick(actions) };
    case 12: return sequence(random, inner);
    default: return longText(random);
  }
}

// Trees. How React names elements and attributes, and names that it does not know. A `pre` holds one text here: before
// a list of children that begins with a line break React prints no second one, and then does not hydrate its own page.

const containers = words(`div p span section article main header footer nav aside h1 h2 h3 ul ol li dl dt dd a b i em strong
  small code blockquote q abbr time mark sub sup kbd details summary dialog figure figcaption table thead tbody tr td th
  caption form label fieldset legend button output progress meter picture video audio map object noscript template iframe
  canvas menu search slot address data dfn del ins ruby rt var samp s u hgroup my-element x-y font-face math`);
const voids = words('br hr img input wbr area col embed source track link meta');
const shapes = words(`g path circle rect line text tspan linearGradient stop clipPath foreignObject use defs title desc`);

const texts = words(`id className title role lang dir htmlFor name type rel target method encType alt src srcSet href action
  placeholder pattern accept acceptCharset httpEquiv content charSet media crossOrigin integrity referrerPolicy loading
  decoding fetchPriority data-x data-Foo aria-label aria-hidden itemProp itemType autoComplete autoCapitalize inputMode
  enterKeyHint popover popoverTarget is slot part cite dateTime poster sizes useMap wrap xlinkHref xmlLang xmlnsXlink viewBox
  fill strokeWidth strokeLinecap clipPath fillOpacity textAnchor preserveAspectRatio gradientUnits fontSize x1 d fooBar FOO
  x-y on one formAction accessKey nonce as label value color`);
const flags = words(`hidden disabled readOnly required multiple autoFocus noValidate formNoValidate open reversed loop muted
  controls playsInline autoPlay defer async noModule allowFullScreen itemScope inert default download capture contentEditable
  spellCheck draggable checked selected`);
const counts = words(`tabIndex colSpan rowSpan span start size rows cols maxLength minLength width height value min max step
  high low`);
const silent = words(`suppressHydrationWarning suppressContentEditableWarning innerHTML defaultValue defaultChecked`);
const urlNames = words('href src action formAction xlinkHref');
const urls = ['/x', '', 'https://x.test/?a=1&b="2"', ' java\nscript:alert(1)', 'JAVASCRIPT:x', '#', '\u0001javascript:1'];
const styles = words(`color width height marginTop fontFamily fontSize lineHeight flex opacity zIndex gridRow aspectRatio
  strokeWidth WebkitLineClamp msTransition msFlex msless MozAppearance WebkitBoxFlexGroup --my-Var --x float cssFloat background backgroundImage order columns
  animationIterationCount WebkitBoxFlex transform content borderTopLeftRadius`);

function attribute(random) {
  const odd = () => (random.chance(0.5) ? random.pick(oddValues) : text(random));
  const kind = random.below(20);
  if (kind < 10) {
    const name = random.pick(texts);
    if (random.chance(0.1)) return [name, random.pick(oddValues)];
    return [name, urlNames.includes(name) && random.chance(0.7) ? random.pick(urls) : text(random)];
  }
  if (kind < 14) return [random.pick(flags), random.chance(0.7) ? random.chance(0.7) : odd()];
  if (kind < 17) return [random.pick(counts), random.chance(0.7) ? random.below(100) - 1 : odd()];
  if (kind < 18) return [random.pick(silent), odd()];
  return ['style', random.chance(0.1) ? null : style(random)];
}
function style(random) {
  const one = () => random.pick(['red', 'url("x?a&b")', ' 1px ', text(random), random.pick(oddValues), random.below(20)]);
  return { $: 'obj', v: [...new Map(random.some(5, () => [random.pick(styles), one()]))] };
}

// Attributes, of which those in `fixed` are not left to chance: {name: value}.
function attributes(random, fixed = {}) {
  return [...new Map([...random.some(4, () => attribute(random)), ...Object.entries(fixed)])];
}
const dropping = (props, ...names) => props.filter(([name]) => !names.includes(name));

// React's own server loses the U+FEFF at the start of a long key, so there is none.
function key(random) {
  if (random.chance(0.75)) return null;
  return random.chance(0.6) ? `k${random.below(100)}` : unmarked(text(random));
}
const el = (random, type, props) => ({ $: 'el', type, key: key(random), props });
const symbol = (name) => ({ $: 'sym', v: `react.${name}` });

/** A tree that React prints: what a page shows. */
export const tree = (random) => (random.chance(0.03) ? document(random) : element(random, 6));

function element(random, depth) {
  const kind = random.below(40);
  if (kind < 2) return el(random, symbol('fragment'), someChildren(random, depth));
  if (kind < 4) return el(random, symbol('suspense'), [['fallback', node(random, 1)], ...someChildren(random, depth)]);
  if (kind < 7) return component(random, depth);
  if (kind < 10) return random.pick(elementsOfTheirOwn)(random, depth);
  if (kind < 13) return el(random, random.pick(voids), attributes(random));
  if (kind < 14) return drawing(random, depth > 2 ? 2 : 1);
  if (kind < 15) {
    const inner = { dangerouslySetInnerHTML: { $: 'obj', v: [['__html', random.chance(0.8) ? text(random) : random.pick(oddValues)]] } };
    return el(random, random.pick(containers), attributes(random, inner));
  }
  const props = [...attributes(random), ...someChildren(random, depth)];
  return el(random, random.pick(containers), random.chance(0.05) ? props.reverse() : props);
}
const someChildren = (random, depth) => (random.chance(0.15) ? [] : [['children', children(random, depth)]]);
function children(random, depth) {
  const one = () => node(random, depth - 1);
  if (random.chance(0.25)) return one();
  return random.some(6, () => (random.chance(0.08) ? random.some(4, one) : one()));
}
function node(random, depth) {
  if (depth > 0 && random.chance(0.55)) return element(random, depth);
  const kind = random.below(12);
  if (kind < 7) return text(random);
  if (kind < 9) return number(random);
  if (kind < 10) return random.pick([null, true, false, { $: 'undef' }]);
  return random.chance(0.2) ? bigint(random) : '';
}
function component(random, depth) {
  const props = new Map(fields(random, 3, () => value(random, 2)));
  if (random.chance(0.5)) props.set('fallback', node(random, depth - 1));
  if (random.chance(0.4)) props.set('children', children(random, depth - 1));
  return el(random, { $: 'client', id: random.pick(clients) }, [...props]);
}
function drawing(random, depth) {
  const shape = (left) => {
    const name = random.pick(shapes);
    if (name === 'title') return el(random, name, [['children', text(random)]]);
    if (name === 'foreignObject') return el(random, name, [['children', element(random, 1)]]);
    return el(random, name, attributes(random, left ? { children: random.some(3, () => shape(left - 1)) } : {}));
  };
  return el(random, 'svg', attributes(random, { children: random.some(4, () => shape(depth - 1)) }));
}

// Elements whose content or attributes React treats in a way of their own.
const elementsOfTheirOwn = [
  (random) => el(random, random.pick(['script', 'style']), attributes(random, { children: text(random) })),
  (random) => el(random, 'pre', attributes(random, { children: random.pick(['', '\n', '\r\n']) + text(random) })),
  (random) => el(random, 'img', attributes(random, { src: `/${random.below(3)}.png` })),
  (random) => el(random, 'object', attributes(random, { data: random.pick(urls) })),
  (random, depth) => el(random, 'form', dropping(attributes(random, { children: children(random, depth) }), 'action')),
  (random) => {
    const props = dropping(attributes(random), 'value', 'defaultValue');
    return el(random, 'textarea', [...props, [random.pick(['value', 'defaultValue']), text(random)]]);
  },
  (random) => {
    const state = {
      value: random.pick(['on', 5, '', null, text(random)]),
      defaultValue: text(random),
      checked: random.chance(0.5),
      defaultChecked: random.chance(0.5),
    };
    const given = Object.entries(state).filter(() => random.chance(0.5));
    const type = random.pick(['text', 'checkbox', 'radio', 'number', 'file']);
    return el(random, 'input', [...dropping(attributes(random, { type }), ...Object.keys(state)), ...given]);
  },
  (random) => {
    const precedence = random.chance(0.3) ? { precedence: random.pick(['first', 'second']) } : {};
    const rel = random.pick(['stylesheet', 'stylesheet', 'icon', 'preload']);
    return el(random, 'link', Object.entries({ rel, href: `/${random.below(3)}.css`, ...precedence }));
  },
  select,
];
function select(random) {
  const option = () => {
    const itsValue = random.chance(0.7) ? [['value', random.pick(['a', 'b', 2, text(random)])]] : [];
    const selected = random.chance(0.1) ? [['selected', random.chance(0.5)]] : [];
    const shown = random.chance(0.7) ? text(random) : [text(random), number(random)];
    return el(random, 'option', [...itsValue, ...selected, ['children', shown]]);
  };
  const chosen = random.chance(0.6) ? [[random.pick(['value', 'defaultValue']), random.pick(['a', 'b', 2, ''])]] : [];
  const options = random.some(4, option);
  const grouped = random.chance(0.3) ? el(random, 'optgroup', [['label', 'g'], ['children', options]]) : options;
  return el(random, 'select', [...chosen, ['children', grouped]]);
}
function document(random) {
  const inHead = [
    () => el(random, 'title', [['children', text(random)]]),
    () => el(random, 'meta', [['name', 'n'], ['content', text(random)]]),
    () => el(random, 'meta', [['charSet', 'utf-8']]),
    () => el(random, 'link', [['rel', 'icon'], ['href', '/i.png']]),
    () => el(random, 'script', [['src', '/s.js'], ['async', true]]),
  ];
  const head = el(random, 'head', [['children', random.some(4, () => random.pick(inHead)())]]);
  const body = el(random, 'body', [['children', children(random, 4)]]);
  return el(random, 'html', [['lang', 'en'], ['children', [head, body]]]);
}
