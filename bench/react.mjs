// React's side of react_main.cc: "NAME PER_SECOND" a line, for the same pages and arguments.
//
//   node --conditions react-server bench/react.mjs flight | reply
//   node bench/react.mjs html

import { createRequire } from 'node:module';

const require = createRequire(new URL('../client/package.json', import.meta.url));
const { createElement: h } = require('react');
const what = process.argv[2];

function small() {
  const items = [];
  for (let i = 0; i < 10; i++)
    items.push(
      h('li', { key: i, className: 'item' }, h('a', { href: `/item/${i}` }, 'Item ', i), h('span', { className: 'count' }, i * 7)),
    );
  return h('main', { className: 'page', id: 'top' }, h('h1', null, 'Items'), h('p', null, 'All that there is.'),
    h('ul', { className: 'items' }, items), h('footer', null, 'The end'));
}
function table() {
  const rows = [];
  for (let i = 0; i < 200; i++)
    rows.push(
      h('tr', { key: i, className: 'row', 'data-id': String(i) },
        h('td', { key: 'name', className: 'name' }, 'Instrument number ', i),
        h('td', { key: 'amount', className: 'number' }, i * 13),
        h('td', { key: 'price', className: 'number' }, 100.25 + i * 0.5)),
    );
  return h('main', { className: 'page' }, h('table', { className: 'prices' }, rows));
}
function list() {
  const items = [];
  for (let i = 0; i < 10000; i++) items.push(h('li', { key: i }, 'entry ', i));
  return h('ul', null, items);
}

async function measure(name, once) {
  const end = performance.now() + 500; // the engine compiles what is hot
  while (performance.now() < end) await once();
  const start = performance.now();
  let count = 0;
  do {
    await once();
    count++;
  } while (performance.now() - start < 1000);
  console.log(`${name} ${(count * 1000) / (performance.now() - start)}`);
}

async function drain(stream) {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}

if (what === 'flight') {
  const { renderToReadableStream } = require('react-server-dom-webpack/server.edge');
  for (const [name, page] of Object.entries({ small, table, list }))
    await measure(name, () => drain(renderToReadableStream(page(), {})));
} else if (what === 'html') {
  const { renderToString } = require('react-dom/server');
  for (const [name, page] of Object.entries({ small, table, list })) await measure(name, () => renderToString(page()));
} else if (what === 'reply') {
  const { decodeReply } = require('react-server-dom-webpack/server.edge');
  const save = JSON.stringify(['n1', 'x'.repeat(4096), { number: 7, edit: 'e1' }]);
  const records = [];
  for (let i = 0; i < 2000; i++) records.push({ id: i, name: `record number ${i}`, price: i + 0.5, tags: ['a', 'b'] });
  for (const [name, body] of Object.entries({ save, records: JSON.stringify([records]) }))
    await measure(name, () => decodeReply(body, {}));
}
