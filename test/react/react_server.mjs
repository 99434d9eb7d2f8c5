// What React's own server writes, for compare.mjs, which runs this as
//
//   node --conditions react-server test/react/react_server.mjs
//
// Reads a model (jsv.mjs) from each line and answers one line with its rows: {"b64": ...}, or {"refused": why}. An error
// with a digest is one that the model has in it.

import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from './jsv.mjs';

process.env.NODE_ENV = 'production';
const root = process.env.REACT_ROOT ?? fileURLToPath(new URL('../../client', import.meta.url));
const require = createRequire(`${root}/package.json`);
require('react');
const { jsx } = require('react/jsx-runtime');
const { registerClientReference, registerServerReference, renderToReadableStream } =
  require('react-server-dom-webpack/server.edge');

const manifest = new Proxy({}, { get: (_, id) => ({ id, name: id, chunks: [], async: true }) });
const split = (id) => [id.slice(0, id.lastIndexOf('#')), id.slice(id.lastIndexOf('#') + 1)];
function sideOfServer() {
  const known = new Map();
  const once = (id, make) => known.get(id) ?? (known.set(id, make()), known.get(id));
  return {
    jsx,
    client: (id) => once(id, () => registerClientReference({}, ...split(id))),
    server: (id) => once(id, () => registerServerReference(async () => {}, ...split(id))),
  };
}

async function rows(model) {
  const errors = [];
  const onError = ({ digest, message }) => {
    if (digest === undefined) errors.push(message);
    return digest;
  };
  const stream = renderToReadableStream(build(model, sideOfServer()), manifest, { onError });
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return errors.length ? { refused: errors.join('; ') } : { b64: Buffer.concat(pieces).toString('base64') };
}

const lines = (await text(process.stdin)).split('\n').slice(0, -1);
const answers = [];
for (const line of lines) answers.push(`${JSON.stringify(await rows(JSON.parse(line)))}\n`);
process.stdout.write(answers.join(''));
