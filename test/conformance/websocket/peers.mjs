// The server and an independent client, ws of npm: messages of all sizes, with and without permessage-deflate, in one
// frame and in several, and the close handshake from both sides. ECHO_BIN names the server.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../../../client/package.json', import.meta.url));
const WebSocket = require('ws');

const sizes = [0, 1, 125, 126, 127, 1000, 65_535, 65_536, 1_000_000];

describe('ws of npm', () => {
  let server;
  let url;
  before(async () => {
    server = spawn(process.env.ECHO_BIN, { stdio: ['pipe', 'pipe', 'inherit'] });
    const [address] = await once(createInterface({ input: server.stdout }), 'line');
    url = `ws://${address}/`;
  });
  after(() => server.stdin.end());

  async function opened(options) {
    const socket = new WebSocket(url, options);
    await once(socket, 'open');
    return socket;
  }
  const content = (size) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
  async function echoed(socket, message, options) {
    socket.send(message, options);
    const [data] = await once(socket, 'message');
    assert.ok(data.equals(message), `${message.length} bytes`);
  }

  for (const perMessageDeflate of [false, true, { clientNoContextTakeover: true, threshold: 0 }, { clientMaxWindowBits: 10 }]) {
    it(`echoes messages of all sizes, deflate ${JSON.stringify(perMessageDeflate)}`, async () => {
      const socket = await opened({ perMessageDeflate });
      assert.equal(socket.extensions, perMessageDeflate ? 'permessage-deflate' : '');
      for (const size of sizes) {
        await echoed(socket, content(size));
        await echoed(socket, content(size), { compress: false });
      }
      socket.close(1000);
      const [code] = await once(socket, 'close');
      assert.equal(code, 1000);
    });

    it(`puts fragments together, deflate ${JSON.stringify(perMessageDeflate)}`, async () => {
      const socket = await opened({ perMessageDeflate });
      const whole = content(100_000);
      const answer = once(socket, 'message');
      for (let at = 0; at < whole.length; at += 7_001)
        socket.send(whole.subarray(at, at + 7_001), { binary: true, fin: at + 7_001 >= whole.length });
      const [data] = await answer;
      assert.ok(data.equals(whole));
      socket.terminate();
    });
  }

  it('answers pings', async () => {
    const socket = await opened();
    socket.ping('are you there');
    const [data] = await once(socket, 'pong');
    assert.equal(String(data), 'are you there');
    socket.terminate();
  });

  it('closes when it wants to, with a code and a reason', async () => {
    const socket = await opened();
    socket.send(Buffer.from('close'));
    const [code, reason] = await once(socket, 'close');
    assert.deepEqual([code, String(reason)], [4001, 'as you wish']);
  });
});
