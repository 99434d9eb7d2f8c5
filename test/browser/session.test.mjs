// A session function that fails, and what a page says meanwhile: the real program, real browsers. SESSION_PAGE_BIN names the
// program of test/session_page.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { AppServer, eventually, launch, online, openPage } from './support.mjs';

describe('a session function that fails', () => {
  let browser;
  let server;
  before(async () => {
    browser = await launch();
    server = await new AppServer('SESSION_PAGE_BIN', '--session-interval', '2').start();
  });
  afterEach(() => fails(false));
  after(async () => {
    await browser?.close();
    await server?.end();
  });

  /** Said by a client that has no session to be asked for. */
  async function fails(value) {
    const url = `${server.url}/?__rsc&__rsc_action_id=setFails`;
    const headers = { origin: server.url, 'content-type': 'text/plain' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify([value]) });
    assert.equal(answer.status, 200, await answer.text());
  }

  async function ann(options = {}) {
    const context = await browser.newContext(options);
    await context.addCookies([{ name: 'name', value: 'Ann', url: server.url }]);
    return context;
  }
  const shows = (page, status) =>
    page.waitForSelector(`html[data-duramen-connection="${status}"]`, { state: 'attached' });

  async function say(page, word) {
    await page.fill('[name=word]', word);
    await page.click('button');
  }

  it('shows on the open page, which stays and refuses actions, until it works again', async () => {
    const page = await openPage(await ann(), server.url);
    await online(page);
    await fails(true);
    await shows(page, 'retrying'); // nobody has called anything
    assert.equal(await page.textContent('h1'), 'Hello, Ann');
    await say(page, 'blind');
    await page.waitForSelector('[role=alert]:has-text("the server cannot tell just now who you are")');
    assert.equal(await page.textContent('#said'), 'nothing');
    await fails(false);
    await online(page);
    await say(page, 'seen');
    await page.waitForSelector('#said:has-text("seen")');
    assert.equal(page.documents, 1);
    assert.deepEqual(
      page.mistakes.filter((mistake) => !mistake.includes('status of 503')),
      [],
    );
    await page.context().close();
  });

  it('shows on a page whose first socket is refused, until there is one', async () => {
    const context = await ann();
    let release;
    const held = new Promise((go) => (release = go));
    await context.route('**/assets/**', async (route) => {
      await held;
      await route.continue();
    });
    const page = await context.newPage();
    await page.goto(server.url, { waitUntil: 'commit' });
    await page.waitForSelector('h1');
    await fails(true);
    release();
    await shows(page, 'retrying');
    assert.equal(await page.textContent('h1'), 'Hello, Ann');
    await fails(false);
    await online(page);
    await say(page, 'at last');
    await page.waitForSelector('#said:has-text("at last")');
    await context.close();
  });

  it('says to a form without scripts that it was not done, and does not send it again', async () => {
    const page = await openPage(await ann({ javaScriptEnabled: false }), server.url);
    const said = await page.textContent('#said');
    await fails(true);
    await say(page, 'blind');
    await page.waitForSelector('main:has-text("it was not run, since the server cannot tell just now who you are")');
    assert.equal(await page.locator('meta[http-equiv=refresh]').count(), 0);
    await fails(false);
    await page.click('text=Back to the page');
    await page.waitForSelector('h1:has-text("Hello, Ann")');
    assert.equal(await page.textContent('#said'), said);
    await page.context().close();
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`gives no page to who loads one, and asks again, with${javaScriptEnabled ? '' : 'out'} scripts`, async () => {
      await fails(true);
      const page = await openPage(await ann({ javaScriptEnabled }), server.url);
      const again = await page.reload();
      assert.equal(again.status(), 503);
      assert.equal(again.headers()['retry-after'], '5');
      assert.match(await page.textContent('main'), /The server cannot tell just now who you are\. It tries again/);
      assert.equal(await page.locator('h1:has-text("Hello")').count(), 0);
      await fails(false);
      await page.waitForSelector('h1:has-text("Hello, Ann")');
      await eventually('the whole page', () => page.locator('#said').isVisible());
      await page.context().close();
    });
  }
});
