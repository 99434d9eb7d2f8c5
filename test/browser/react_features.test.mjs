// What React apps do, on test/react_page: the real program, a real browser. REACT_PAGE_BIN names the program.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { AppServer, eventually, isRefusedConnection, launch, online, openPage } from './support.mjs';

describe('client components', () => {
  let browser;
  let server;
  let context;
  let page;
  /** What React or Chromium itself writes of a failure that the test asks for. */
  let isExpected;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    server = await new AppServer('REACT_PAGE_BIN').start();
    isExpected = () => false;
    context = await browser.newContext();
    page = await opened();
  });
  afterEach(async () => {
    const mistakes = page.mistakes.filter((mistake) => !isExpected(mistake));
    await context.close();
    await server.end();
    assert.deepEqual(mistakes, []);
  });

  async function opened() {
    const one = await openPage(context, server.url);
    await one.locator('#theme').waitFor();
    await online(one);
    return one;
  }
  const button = (name, on = page) => on.getByRole('button', { name, exact: true });
  const tab = (name) => page.getByRole('tab', { name });
  const says = (selector, text, on = page) =>
    eventually(`${selector} to say "${text}"`, async () => {
      const at = on.locator(selector);
      return (await at.count()) === 1 && (await at.textContent()) === text;
    });
  const seen = (start) => page.evaluate((word) => window.seen.filter((line) => line.startsWith(word)), start);
  const file = (name, size, mimeType = 'text/plain') => ({ name, mimeType, buffer: Buffer.alloc(size, 'x') });

  it('shows server nodes inside of client components, and those inside of server nodes', async () => {
    await says('#outer', '0 words');
    await says('#words #inner', 'In a tab');
    await tab('Likes').click();
    await page.locator('#likes').waitFor();
    assert.equal(await page.locator('#words').count(), 0);
  });

  it('shares a context between components of two files, through server nodes, and keeps it over pushes', async () => {
    await button('light').click();
    for (const id of ['#outer', '#inner']) assert.equal(await page.locator(id).getAttribute('data-theme'), 'dark');
    const other = await opened();
    await other.getByRole('tab', { name: 'Likes' }).click();
    await button('Like tea', other).click();
    await says('#outer', '1 words');
    await says('#words li', 'tea');
    assert.equal(await page.locator('#outer').getAttribute('data-theme'), 'dark');
    assert.deepEqual(other.mistakes, []);
  });

  it('shows what an error boundary of the app makes of an error, and recovers', async () => {
    isExpected = (mistake) => mistake.includes('broken at 0 words');
    await button('Break').click();
    await says('#caught', 'Caught: broken at 0 words Try again');
    assert.equal(await page.locator('#theme').count(), 1);
    await button('Try again').click();
    await says('#caught', 'Whole');
    assert.ok(page.mistakes.length <= 1, page.mistakes.join('\n'));
  });

  it('says how long an upload may be, though the server answers before all of it has come', async () => {
    isExpected = (mistake) => mistake.includes('status of 413');
    const kilobyte = 1024;
    await server.end();
    server = await new AppServer('REACT_PAGE_BIN', '--max-upload-bytes', String(1024 * kilobyte)).start();
    page = await opened();
    await tab('Likes').click();
    const network = await context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300 * kilobyte };
    await network.send('Network.emulateNetworkConditions', slow);
    await page.getByLabel('File', { exact: true }).setInputFiles(file('long.txt', 3000 * kilobyte));
    await button('Send').click();
    await button('Like tea').click();
    await says('#outer', '1 words'); // others run meanwhile
    assert.equal(await page.locator('#uploaded').textContent(), '');
    await says('#uploaded', "ActionError: upload: the request's body is too long: at most 1 MiB");
  });

  it('loads what is lazy when it is shown, and gives it server nodes', async () => {
    const requested = [];
    page.on('request', (request) => requested.push(new URL(request.url()).pathname));
    await page.route('**/chunk-*.js', async (route) => {
      await says('#waiting', 'Wait');
      await route.continue();
    });
    await button('Load').click();
    await says('#heavy', 'Heavy with 0 words');
    assert.equal(requested.length, 1);
  });

  it('loads the components of another page with that page', async () => {
    const requested = [];
    page.on('request', (request) => requested.push(new URL(request.url()).pathname));
    await page.getByRole('link', { name: 'Elsewhere' }).click();
    await says('#visited', 'This component came with its page');
    assert.equal(requested.filter((path) => path.includes('Visited')).length, 1);
    await page.getByRole('link', { name: 'Back' }).click();
    await page.locator('#theme').waitFor();
    assert.equal(page.documents, 1);
  });

  it('useActionState and useFormStatus: an action of the server that takes the state before and the fields', async () => {
    await page.getByLabel('Number').fill('4');
    await button('Add').click();
    await says('#total', '4');
    assert.equal(await page.getByLabel('Number').inputValue(), '', 'React resets the form');
    await page.getByLabel('Number').fill('38');
    await page.getByLabel('Number').press('Enter');
    await says('#total', '42');
    await page.getByLabel('Number').fill('much');
    await button('Add').click();
    await says('#total', 'not a number: much');
    await eventually('idle', async () => (await seen('status')).at(-1) === 'status idle');
    assert.deepEqual(await seen('sum'), [
      'sum 0',
      'sum 0 pending',
      'sum 4',
      'sum 4 pending',
      'sum 42',
      'sum 42 pending',
      'sum 42',
    ]);
    assert.deepEqual(await seen('status'), [
      'status idle',
      'status sending 4',
      'status idle',
      'status sending 38',
      'status idle',
      'status sending much',
      'status idle',
    ]);
  });

  it('useOptimistic and useTransition: what is hoped for shows at once, and what is in one commit with the page', async () => {
    await tab('Likes').click();
    await button('Like tea').click();
    await says('#said', 'liked tea');
    assert.deepEqual(await seen('likes'), ['likes  ', 'likes tea… pending ', 'likes tea liked tea']);
    await says('#outer', '1 words');
  });

  it('takes back what was hoped for when the action fails', async () => {
    await tab('Likes').click();
    await button('Like what is refused').click();
    await says('#said', 'ActionError: like: nobody likes that');
    assert.deepEqual(await seen('likes'), [
      'likes  ',
      'likes refused… pending ',
      'likes  ActionError: like: nobody likes that',
    ]);
  });

  it('sends a file of a form to a bound action, and shows result and page in one commit, and to others', async () => {
    const other = await opened();
    await page.getByLabel('Comment', { exact: true }).fill('a ✓ comment');
    await page.getByLabel('File', { exact: true }).setInputFiles(file('täst "1".txt', 300_000));
    await button('Send').click();
    await says('#uploaded', 'täst "1".txt, text/plain, 300000 bytes, a ✓ comment');
    await says('#last-upload', 'täst "1".txt, 300000 bytes, a ✓ comment');
    await says('#last-upload', 'täst "1".txt, 300000 bytes, a ✓ comment', other);
    assert.deepEqual(await seen('upload'), [
      'upload ',
      'upload  pending',
      'upload täst "1".txt, text/plain, 300000 bytes, a ✓ comment',
    ]);
    assert.equal(await page.getByLabel('Comment', { exact: true }).inputValue(), '', 'React resets the form');
    assert.deepEqual(other.mistakes, []);
  });

  it('rejects with the words of an action that refuses a form', async () => {
    isExpected = (mistake) => /status of 400 .*__rsc_action_id=upload/.test(mistake); // Chromium's own
    await button('Send').click();
    await says('#uploaded', 'ActionError: upload: choose a file');
  });

  it('rejects a form whose server is lost before it answers, and sends the next one', async () => {
    isExpected = isRefusedConnection;
    let asked;
    await page.route('**/*__rsc_action_id=upload*', (route) => (asked = route));
    await page.getByLabel('File', { exact: true }).setInputFiles(file('lost', 5));
    await button('Send').click();
    await eventually('the request', () => asked);
    await server.kill();
    await asked.continue();
    await says(
      '#uploaded',
      'OutcomeUnknownError: upload: the server cannot be reached, or was lost before it answered',
    );
    await page.unroute('**/*__rsc_action_id=upload*');
    await server.start();
    await online(page);
    await page.getByLabel('File', { exact: true }).setInputFiles(file('kept', 6));
    await button('Send').click();
    await says('#uploaded', 'kept, text/plain, 6 bytes, ');
    await says('#last-upload', 'kept, 6 bytes, ');
  });

  it('sends a file by a form of the server, whose action is a bound action', async () => {
    await page.getByLabel('Plain comment').fill('plain');
    await page.getByLabel('Plain file').setInputFiles(file('p.bin', 5, 'application/octet-stream'));
    await button('Send plain').click();
    await says('#last-upload', 'p.bin, 5 bytes, plain');
    assert.equal(page.documents, 1);
  });

  it('sends an array of files', async () => {
    await page.getByLabel('Many').setInputFiles([file('a', 1000), file('b', 234), file('c', 0)]);
    await says('#sum', '1234 bytes in all');
  });

  it('keeps the order of calls by socket and by post', async () => {
    await tab('Likes').click();
    await page.getByLabel('File', { exact: true }).setInputFiles(file('first', 200_000));
    const posts = [];
    page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
    await page.evaluate(() => {
      for (const name of ['Send', 'Like tea']) {
        [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name).click();
      }
    });
    await says('#said', 'liked tea');
    await says('#outer', '1 words');
    await says('#last-upload', 'first, 200000 bytes, ');
    assert.equal(posts.length, 1);
  });

  // Opens a gate of the page /late, as anybody could.
  const openGate = (name) =>
    page.evaluate(async (gate) => {
      const body = JSON.stringify([gate]);
      await fetch('/?__rsc&__rsc_action_id=openGate', { method: 'POST', body });
    }, name);

  it('takes a page over while parts of it are still awaited, and shows each when it comes', async () => {
    const ended = page.waitForEvent('domcontentloaded');
    await page.goto(`${server.url}/late`, { waitUntil: 'commit' });
    await page.locator('#outer-waits').waitFor();
    await says('#history', 'No history yet');
    await online(page); // scripts run: nobody waits for the end of the document
    await page.getByLabel('Typed meanwhile').fill('typed');
    assert.equal(await page.evaluate(() => document.readyState), 'loading');
    await says('#log', 'first');
    await openGate('log');
    await says('#log', 'first, second');
    await openGate('log');
    await says('#log', 'first, second, third');
    assert.equal(await page.locator('#log').getAttribute('data-state'), 'ended');
    await openGate('history');
    await says('#history', '1.5, 2, 3');
    await openGate('outer');
    await says('#outer h2', 'The outer part');
    await says('#themed', 'Themed');
    await says('#inner-waits', 'Wait');
    await openGate('inner');
    await says('#inner', 'The inner part');
    await ended;
    assert.equal(await page.locator('#outer-waits, #inner-waits').count(), 0);
    assert.equal(await page.getByLabel('Typed meanwhile').inputValue(), 'typed');
  });

  it('gives up a part that takes too long: its fallback stays', async () => {
    await page.goto(`${server.url}/late`, { waitUntil: 'commit' });
    await page.locator('#outer-waits').waitFor();
    await openGate('history'); // a promise has no fallback
    await page.waitForLoadState('domcontentloaded'); // after the deadline
    await says('#history', '1.5, 2, 3');
    await says('#outer-waits', 'Wait');
    await says('#log', 'first');
    await eventually('the stream to fail', async () => (await page.locator('#log').getAttribute('data-state')) === 'failed');
    assert.equal(await page.locator('main').count(), 1);
  });
});
