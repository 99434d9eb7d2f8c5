// The release build with 300 MB of address space, and clients that would take more than that: it ends what finds no
// memory, lives, and serves when they have gone. With --max-client-memory it serves while they are there, too.
//
//   node memory.mjs build/release/bin/notes
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { deflateRawSync, constants } from 'node:zlib';

const program = process.argv[2];
const addressSpace = 300_000_000;

// Starts the program on a free port, in as much address space.
async function serve(data, options) {
  const server = spawn('prlimit', [`--as=${addressSpace}`, program, '--listen', '127.0.0.1:0', '--data', data, ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => server.on('close', (status, signal) => resolve(signal ?? status)));
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /^listening on (http:\/\/\S+)$/.exec(line)?.[1];
    if (url) return { url, port: Number(new URL(url).port), pid: server.pid, ended, end: () => server.kill('SIGTERM') };
  }
  throw new Error(`${program} ended (${await ended}) without a line "listening on http://..."`);
}

// A frame of a client's, masked with zeros.
function frame(opcode, payload, announced = payload.length) {
  const length = announced < 126 ? [announced] : announced < 65_536 ? [126, announced >> 8, announced & 255] : [127];
  const head = [opcode, 0x80 | length[0], ...length.slice(1)];
  if (length[0] === 127) for (let shift = 56n; shift >= 0n; shift -= 8n) head.push(Number((BigInt(announced) >> shift) & 255n));
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

const compressed = 0x40;
const final = 0x80;

function deflated(text) {
  const bytes = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  return frame(final | compressed | 2, bytes.subarray(0, -4));
}

// A socket of a key of its own that sends `bytes` and reads nothing. Resolves when all was taken, or it was ended.
function attacker(port, number, bytes) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const sent = new Promise((resolve) => {
    socket.on('close', resolve);
    socket.write(
      `GET /__realtime?key=k${number}&url=%2F HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\n` +
        'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    socket.once('data', () => {
      socket.pause();
      socket.write(bytes, resolve);
    });
  });
  return { socket, sent };
}

const request = (number, args) =>
  '\x03' +
  JSON.stringify({
    id: 'saveNote',
    args,
    requestId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    clientUrl: '/',
  });

const attacks = {
  // Each holds 4 MB of a message that does not end.
  'half messages': { sockets: 200, bytes: () => frame(final | 2, Buffer.alloc(4_000_000, 0x20), 4_100_000) },
  // Each has asked for as much as it may, with arguments that inflate to 2 MB.
  'requests that wait': {
    sockets: 64,
    bytes: () => Buffer.concat(Array.from({ length: 69 }, (_, i) => deflated(request(i, ' '.repeat(2_000_000))))),
  },
  pongs: {
    sockets: 64,
    bytes: () => Buffer.concat(Array.from({ length: 500 }, () => frame(final | 9, Buffer.alloc(125, 0x20)))),
  },
};

const residentMegabytes = (pid) => Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000;

async function save(url, text) {
  const saved = await fetch(`${url}/note/first?__rsc&__rsc_action_id=saveNote`, {
    method: 'POST',
    headers: { origin: url, 'content-type': 'text/plain;charset=UTF-8', connection: 'close' },
    body: JSON.stringify(['first', text]),
  });
  assert.equal(saved.status, 200, await saved.text());
  const shown = await fetch(`${url}/note/first`, { headers: { connection: 'close' } });
  assert.match(await shown.text(), new RegExp(text));
}

// What is given up takes a moment to be free.
async function savesInTime(url, text) {
  for (let tries = 0; ; ++tries) {
    try {
      return await save(url, text);
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((waited) => setTimeout(waited, 100));
    }
  }
}

let count = 0;
for (const [about, options, servesMeanwhile] of [
  ['as it is', [], false],
  ['--max-client-memory 64 MB', ['--max-client-memory', '64000000'], true],
]) {
  const data = mkdtempSync(join(tmpdir(), 'notes-'));
  const server = await serve(data, options);
  try {
    await save(server.url, 'at first');
    for (const [name, { sockets, bytes }] of Object.entries(attacks)) {
      const sending = bytes();
      const all = Array.from({ length: sockets }, (_, i) => attacker(server.port, i, sending));
      await Promise.race([
        Promise.all(all.map(({ sent }) => sent)),
        server.ended.then((status) => assert.fail(`${name}, ${about}: the server ended with ${status}`)),
        new Promise((waited) => setTimeout(waited, 5000)),
      ]);
      console.log(`${name}, ${about}: ${residentMegabytes(server.pid).toFixed(0)} MB`);
      if (servesMeanwhile) await savesInTime(server.url, `beside ${name}`);
      for (const { socket } of all) socket.destroy();
      await savesInTime(server.url, `after ${name}`);
      ++count;
    }
    server.end();
    assert.equal(await server.ended, 0, 'SIGTERM ends the program with status 0');
  } finally {
    server.end();
    rmSync(data, { recursive: true, force: true });
  }
}
console.log(`${count} passed`);
