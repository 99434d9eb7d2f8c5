// The release build, as a user runs it: serves, saves a note through its action, ends cleanly on SIGTERM, and shows the
// note when it starts again.
//
//   node save.mjs build/release/bin/notes
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = process.argv[2];
const data = mkdtempSync(join(tmpdir(), 'notes-'));

// Starts the program on a free port; gives its URL and a way to end it.
async function serve() {
  const server = spawn(program, ['--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.on('close', (status, signal) => resolve(signal ?? status)));
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /^listening on (http:\/\/\S+)$/.exec(line)?.[1];
    if (!url) continue;
    return {
      url,
      stop() {
        server.kill('SIGTERM');
        return ended;
      },
      kill: () => server.kill('SIGKILL'),
    };
  }
  throw new Error(`${program} ended (${await ended}) without a line "listening on http://..."`);
}

async function get(url) {
  const answer = await fetch(url);
  return { status: answer.status, text: await answer.text() };
}

const text = `saved by a test, ${process.pid}`;
let server = await serve();
try {
  assert.equal((await get(`${server.url}/healthz`)).status, 200);
  assert.equal((await get(`${server.url}/`)).status, 200);
  assert.doesNotMatch((await get(`${server.url}/note/first`)).text, new RegExp(text));

  const saved = await fetch(`${server.url}/note/first?__rsc&__rsc_action_id=saveNote`, {
    method: 'POST',
    headers: { origin: server.url, 'content-type': 'text/plain;charset=UTF-8' },
    body: JSON.stringify(['first', text]),
  });
  assert.equal(saved.status, 200, await saved.text());
  assert.match((await get(`${server.url}/note/first`)).text, new RegExp(text));
  assert.equal(await server.stop(), 0, 'SIGTERM ends the program with status 0');

  server = await serve();
  assert.match((await get(`${server.url}/note/first`)).text, new RegExp(text));
  assert.equal(await server.stop(), 0);
  console.log('saved, ended, started again: the note is there');
} finally {
  server.kill();
  rmSync(data, { recursive: true, force: true });
}
