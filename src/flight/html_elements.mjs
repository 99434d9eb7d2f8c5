// Writes the headers of the HTML elements from one table:
//
//   node src/flight/html_elements.mjs            writes them
//   node src/flight/html_elements.mjs --check    fails if one differs from what it would write
//
// An attribute is named as React names it (react.dev/reference/react-dom/components/common). Its kind says which C++
// type it takes, and how it prints as HTML (docs/flight.md, D3):
//
//   text      any text                              flag      a bool; printed by its name alone, or not at all
//   number    an int                                bool      a bool; printed as true or false
//   count     an int, printed if at least 1         url       text; javascript: is blocked
//   resource  a url that is not printed if empty     overloaded  text; in React also true, which prints an empty value
//   action    an action of the server, or a url
//
// Events and ref are left out on purpose.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const globals = {
  text: 'className id title role lang dir slot accessKey autoCapitalize autoCorrect enterKeyHint inputMode is itemID ' +
    'itemProp itemRef itemType nonce part popover translate',
  flag: 'autoFocus hidden inert itemScope',
  bool: 'contentEditable draggable spellCheck',
  number: 'tabIndex',
};

// family: [the elements, its attributes by kind, 'void' if it has no children]
const families = {
  Empty: ['br hr wbr', {}, 'void'],
  Anchor: ['a', { text: 'hrefLang ping referrerPolicy rel target type', overloaded: 'download', url: 'href' }],
  Area: ['area', { text: 'alt coords ping referrerPolicy rel shape target', overloaded: 'download', url: 'href' }, 'void'],
  Audio: ['audio', { text: 'crossOrigin preload', flag: 'autoPlay controls loop muted', resource: 'src' }],
  Base: ['base', { text: 'target', url: 'href' }, 'void'],
  Quote: ['blockquote q', { text: 'cite' }],
  Button: ['button', { action: 'formAction', text: 'form formTarget formMethod formEncType name popoverTarget popoverTargetAction type value',
    flag: 'disabled formNoValidate' }],
  Canvas: ['canvas', { number: 'height width' }],
  Column: ['col', { count: 'span' }, 'void'],
  ColumnGroup: ['colgroup', { count: 'span' }],
  Data: ['data', { text: 'value' }],
  Details: ['details', { text: 'name', flag: 'open' }],
  Dialog: ['dialog', { text: 'closedBy', flag: 'open' }],
  Edit: ['del ins', { text: 'cite dateTime' }],
  Embed: ['embed', { text: 'type', number: 'height width', resource: 'src' }, 'void'],
  Fieldset: ['fieldset', { text: 'form name', flag: 'disabled' }],
  Form: ['form', { action: 'action', text: 'acceptCharset autoComplete encType method name rel target', flag: 'noValidate' }],
  Document: ['html', { text: 'xmlns' }],
  Frame: ['iframe', { text: 'allow loading name referrerPolicy sandbox srcDoc', flag: 'allowFullScreen',
    number: 'height width', resource: 'src' }],
  Image: ['img', { text: 'alt crossOrigin decoding fetchPriority loading referrerPolicy sizes srcSet useMap',
    flag: 'isMap', number: 'height width', resource: 'src' }, 'void'],
  Input: ['input', { action: 'formAction', text: 'accept alt autoComplete defaultValue dirName form formEncType formMethod ' +
    'formTarget list max min name pattern placeholder popoverTarget popoverTargetAction step type value',
  overloaded: 'capture', flag: 'checked defaultChecked disabled formNoValidate multiple readOnly required',
  number: 'height maxLength minLength width', count: 'size', resource: 'src' }, 'void'],
  Label: ['label', { text: 'htmlFor' }],
  Item: ['li', { number: 'value' }],
  Link: ['link', { text: 'as blocking color crossOrigin fetchPriority hrefLang imageSizes imageSrcSet integrity media ' +
    'precedence referrerPolicy rel sizes type', flag: 'disabled', resource: 'href' }, 'void'],
  Map: ['map', { text: 'name' }],
  Meta: ['meta', { text: 'charSet content httpEquiv media name property' }, 'void'],
  Meter: ['meter', { text: 'high low max min optimum value' }],
  Object: ['object', { text: 'form name type', resource: 'data', number: 'height width' }],
  OrderedList: ['ol', { text: 'type', flag: 'reversed', number: 'start' }],
  OptionGroup: ['optgroup', { text: 'label', flag: 'disabled' }],
  Option: ['option', { text: 'label value', flag: 'disabled selected' }],
  Output: ['output', { text: 'form htmlFor name' }],
  Progress: ['progress', { text: 'max value' }],
  Script: ['script', { text: 'blocking crossOrigin fetchPriority integrity referrerPolicy type',
    flag: 'async defer noModule', resource: 'src' }],
  Select: ['select', { text: 'autoComplete defaultValue form name value', flag: 'disabled multiple required',
    count: 'size' }],
  Slot: ['slot', { text: 'name' }],
  Source: ['source', { text: 'media sizes srcSet type', number: 'height width', resource: 'src' }, 'void'],
  Style: ['style', { text: 'blocking media precedence', resource: 'href' }],
  Cell: ['td th', { text: 'abbr headers scope', number: 'colSpan rowSpan' }],
  Template: ['template', { text: 'shadowRootMode', flag: 'shadowRootClonable shadowRootDelegatesFocus' }],
  TextArea: ['textarea', { text: 'autoComplete defaultValue dirName form name placeholder value wrap',
    flag: 'disabled readOnly required', number: 'maxLength minLength', count: 'cols rows' }],
  Time: ['time', { text: 'dateTime' }],
  Track: ['track', { text: 'kind label srcLang', flag: 'default', resource: 'src' }, 'void'],
  Video: ['video', { text: 'controlsList crossOrigin poster preload',
    flag: 'autoPlay controls disablePictureInPicture disableRemotePlayback loop muted playsInline',
    number: 'height width', resource: 'src' }],
};

const plain = 'abbr address article aside b bdi bdo body caption cite code datalist dd dfn div dl dt em figcaption ' +
  'figure footer h1 h2 h3 h4 h5 h6 head header hgroup i kbd legend main mark menu nav noscript p picture pre rp rt ' +
  'ruby s samp search section small span strong sub summary sup table tbody tfoot thead title tr u ul var';

// Printed under another name. HTML's own names are case-insensitive, so the others keep React's spelling.
const printed = {
  acceptCharset: 'accept-charset', autoFocus: 'autofocus', multiple: 'multiple', muted: 'muted', className: 'class', crossOrigin: 'crossorigin',
  htmlFor: 'for', httpEquiv: 'http-equiv', tabIndex: 'tabindex',
};

// Names that no element of ours has: SVG's, and a few that custom elements or React know.
const dashed = 'accentHeight alignmentBaseline arabicForm baselineShift capHeight clipPath clipRule colorInterpolation ' +
  'colorInterpolationFilters colorProfile colorRendering dominantBaseline enableBackground fillOpacity fillRule ' +
  'floodColor floodOpacity fontFamily fontSize fontSizeAdjust fontStretch fontStyle fontVariant fontWeight glyphName ' +
  'glyphOrientationHorizontal glyphOrientationVertical horizAdvX horizOriginX imageRendering letterSpacing ' +
  'lightingColor markerEnd markerMid markerStart overlinePosition overlineThickness paintOrder pointerEvents ' +
  'renderingIntent shapeRendering stopColor stopOpacity strikethroughPosition strikethroughThickness strokeDasharray ' +
  'strokeDashoffset strokeLinecap strokeLinejoin strokeMiterlimit strokeOpacity strokeWidth textAnchor ' +
  'textDecoration textRendering transformOrigin underlinePosition underlineThickness unicodeBidi unicodeRange ' +
  'unitsPerEm vAlphabetic vHanging vIdeographic vMathematical vectorEffect vertAdvY vertOriginX vertOriginY ' +
  'wordSpacing writingMode xHeight maskType';
const irregular = {
  horizAdvX: 'horiz-adv-x', horizOriginX: 'horiz-origin-x', vertAdvY: 'vert-adv-y', vertOriginX: 'vert-origin-x',
  vertOriginY: 'vert-origin-y',
};
const others = new Map(dashed.split(' ').map((name) =>
  [name, [irregular[name] ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), 'text']]));
for (const name of ['Actuate', 'Arcrole', 'Role', 'Show', 'Title', 'Type'])
  others.set(`xlink${name}`, [`xlink:${name.toLowerCase()}`, 'text']);
for (const name of ['Base', 'Lang', 'Space']) others.set(`xml${name}`, [`xml:${name.toLowerCase()}`, 'text']);
others.set('xmlnsXlink', ['xmlns:xlink', 'text']).set('xlinkHref', ['xlink:href', 'url']);
for (const name of ['autoReverse', 'externalResourcesRequired', 'focusable', 'preserveAlpha']) others.set(name, [name, 'boolean']);
for (const name of ['credentialless', 'scoped', 'seamless']) others.set(name, [name, 'flag']);
for (const name of ['children', 'key', 'ref', 'innerHTML', 'suppressContentEditableWarning', 'suppressHydrationWarning'])
  others.set(name, [name, 'none']);

const cppTypes = {
  text: 'const Text& value', url: 'const Text& value', resource: 'const Text& value', flag: 'Flag value = true',
  bool: 'Flag value = true', number: 'int value', count: 'int value', overloaded: 'const Text& value',
};
const keywords = new Set(['default', 'template']);
const cpp = (name) => (keywords.has(name) ? `${name}_` : name);

const attributes = new Map(); // name → kind; a name has one kind in HTML but for the few that are listed below
const kindClashes = new Set(['value', 'size', 'checked', 'data', 'href', 'max', 'min']);
function note(kinds) {
  for (const [kind, names] of Object.entries(kinds))
    for (const name of names.split(' ')) {
      const known = attributes.get(name);
      if (known && known !== kind && !kindClashes.has(name)) throw new Error(`${name} is ${known} and ${kind}`);
      if (!known || known === 'number') attributes.set(name, kind);
    }
}
note(globals);
attributes.set('style', 'style').set('dangerouslySetInnerHTML', 'none');
for (const [, kinds] of Object.values(families)) note(kinds);
// React leaves an empty href out everywhere but on <a>: the printer knows that one.
attributes.set('href', 'resource').set('value', 'text');
for (const name of ['defaultValue', 'defaultChecked']) attributes.set(name, 'none');

const tags = [...plain.split(' '), ...Object.values(families).flatMap(([names]) => names.split(' '))].sort();
const names = [...attributes.keys()].sort();
if (names.length > 255) throw new Error('an attribute is numbered by one byte');

function list(items) {
  let text = '';
  let line = '   ';
  for (const item of items) {
    if (line.length + item.length + 2 > 120) {
      text += `${line}\n`;
      line = '   ';
    }
    line += ` ${item},`;
  }
  return `${text}${line}\n`;
}
const quoted = (items) => list(items.map((item) => `"${item}"`));

function family(name, base, kinds, isVoid) {
  let text = `template <class Self, class Next>\nstruct ${name}Attributes : ${base}<Self, Next> {\n`;
  if (isVoid) text += '  static constexpr bool mayHaveChildren = false;\n';
  for (const [kind, attributeNames] of Object.entries(kinds))
    for (const attribute of attributeNames.split(' ')) {
      const id = cpp(attribute);
      if (id === 'data') text += `  using ${base}<Self, Next>::data;\n`;
      const type = cppTypes[kind];
      if (kind === 'action') {
        for (const [self, way] of [['&&', 'opened'], ['const&', 'begun']])
          text += `  template <class A>\n  Next ${id}(const A& value) ${self} { return this->${way}().setAction(Attr::${id}, value); }\n`;
        continue;
      }
      text += `  Next ${id}(${type}) && { return this->opened().set(Attr::${id}, value); }\n`;
      text += `  Next ${id}(${type}) const& { return this->begun().set(Attr::${id}, value); }\n`;
    }
  return `${text}};\n`;
}

const opening = (about) => `#pragma once
// ${about}
// Generated by src/flight/html_elements.mjs: change that, and run it.
// clang-format off
`;

const attributesHeader = `${opening('The attributes of each family of HTML elements, under React\'s names.')}
#include "duramen/html_core.h"

namespace duramen::html {

enum class Attr : std::uint8_t {
${list(names.map(cpp))}};
inline constexpr std::string_view attributeNames[] = {
${quoted(names)}};

enum class Tag : std::uint16_t {
${list(tags.map(cpp))}};
inline constexpr std::string_view tagNames[] = {
${quoted(tags)}};

// NOLINTBEGIN(bugprone-crtp-constructor-accessibility): only Element and Open derive from these
${family('Global', 'EveryElement', globals)}${Object.entries(families)
  .map(([name, [, kinds, isVoid]]) => family(name, 'GlobalAttributes', kinds, isVoid)).join('')}// NOLINTEND(bugprone-crtp-constructor-accessibility)
}  // namespace duramen::html
`;

const familyOf = new Map(Object.entries(families).flatMap(([name, [its]]) => its.split(' ').map((tag) => [tag, name])));
const tagsHeader = `${opening('The HTML elements.')}
#include "duramen/html.h"

namespace duramen::html {

${tags.map((tag) => `inline constexpr Element<${familyOf.get(tag) ?? 'Global'}Attributes> ${cpp(tag)}{Tag::${cpp(tag)}};`)
  .join('\n')}

}  // namespace duramen::html
`;

const voids = new Set(Object.values(families).flatMap(([its, , isVoid]) => (isVoid ? its.split(' ') : [])));
const rulesHeader = `${opening('How attributes and elements print as HTML (docs/flight.md, D3).')}
#include <string_view>

namespace duramen::flight {

enum class AttributeRule : unsigned char {
  text, flag, boolean, number, count, overloaded, url, resource, action, style, none,
};

struct AttributeForm {
  std::string_view name;
  AttributeRule rule;
};

// By html::Attr.
inline constexpr AttributeForm attributeForms[] = {
${names.map((name) => {
  const kind = attributes.get(name);
  // React knows the last two on <input> and <option> alone, which the printer does as well.
  const asText = (kind === 'number' && !['rowSpan', 'start'].includes(name)) || ['checked', 'selected'].includes(name);
  const rule = kind === 'bool' || name === 'value' ? 'boolean' : asText ? 'text' : kind;
  return `    {"${printed[name] ?? name}", AttributeRule::${rule}},\n`;
}).join('')}};

// Attributes under names that have no html::Attr, in order.
struct OtherAttribute {
  std::string_view name;
  AttributeForm form;
};
inline constexpr OtherAttribute otherAttributes[] = {
${[...others].sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, [shown, rule]]) => `    {"${name}", {"${shown}", AttributeRule::${rule}}},\n`).join('')}};

// By html::Tag: whether the element has no children and no end tag.
inline constexpr bool isVoid[] = {
${list(tags.map((tag) => String(voids.has(tag))))}};

}  // namespace duramen::flight
`;

const outputs = {
  '../../include/duramen/html_attributes.h': attributesHeader,
  '../../include/duramen/html_tags.h': tagsHeader,
  'html_rules.h': rulesHeader,
};
let differs = false;
for (const [path, text] of Object.entries(outputs)) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is not what html_elements.mjs writes: run it`);
    differs = true;
  }
}
process.exit(differs ? 1 : 0);
