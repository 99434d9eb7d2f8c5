// A login form with and without scripts: the real program, real browsers. LOGIN_BIN names the program.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppServer, eventually, launch, online, openPage, watchRoot } from './support.mjs';

describe('login', () => {
  let browser;
  let server;
  before(async () => {
    browser = await launch();
    server = await new AppServer('LOGIN_BIN').start();
  });
  after(async () => {
    await browser?.close();
    await server?.end();
  });

  const at = (page, path) => eventually(`the page at ${path}`, () => new URL(page.url()).pathname === path);
  async function fill(page, name, pin) {
    await page.fill('[name=name]', name);
    await page.fill('[name=pin]', pin);
    await page.click('button');
  }

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with scripts' : 'without scripts';

    it(`logs in, greets, and logs out ${how}`, async () => {
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await openPage(context, server.url);
      await at(page, '/login'); // strangers are sent to the form
      if (javaScriptEnabled) await online(page);
      await fill(page, 'Ann', '4711');
      await at(page, '/');
      await page.waitForSelector('h1:has-text("Hello, Ann")');
      const cookies = await context.cookies();
      assert.equal(cookies.length, 1);
      assert.equal(cookies[0].httpOnly, true);
      if (javaScriptEnabled) await online(page);
      await page.click('button');
      await at(page, '/login');
      assert.deepEqual(await context.cookies(), []);
      await page.goto(server.url);
      await at(page, '/login');
      assert.deepEqual(page.mistakes, []);
      await context.close();
    });
  }

  const alerts = (page) => page.locator('[role=alert]:visible').allTextContents();
  const isExpected = (mistake) => mistake.includes('status of 400');

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with scripts' : 'without scripts';

    it(`says beside the form what was wrong, and keeps what was typed, ${how}`, async () => {
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await openPage(context, `${server.url}/login`);
      if (javaScriptEnabled) await online(page);
      for (let times = 0; times < 5; times++) {
        await fill(page, `Ann ${times}`, 'wrong');
        await page.waitForSelector('form > [role=alert]:has-text("the name or the PIN is wrong")');
        assert.equal(await page.inputValue('[name=name]'), `Ann ${times}`);
        assert.equal(await page.inputValue('[name=pin]'), javaScriptEnabled ? 'wrong' : '');
        assert.equal(await page.locator('h1').textContent(), 'Log in');
      }
      assert.equal(page.documents, javaScriptEnabled ? 1 : 6);
      await fill(page, '', '4711');
      await page.waitForSelector('p:has([name=name]) > [role=alert]:has-text("say your name")');
      assert.deepEqual(await alerts(page), ['say your name']);
      await fill(page, 'Ann', '4711');
      await page.waitForSelector('h1:has-text("Hello, Ann")');
      assert.deepEqual(
        page.mistakes.filter((mistake) => !isExpected(mistake)),
        [],
      );
      await context.close();
    });
  }

  it('takes over the page that answers a form, with its message and what was typed', async () => {
    const context = await browser.newContext();
    let release;
    const held = new Promise((go) => (release = go));
    const files = [];
    await context.route('**/assets/**', async (route) => {
      files.push(route.request().url());
      await held;
      await route.continue();
    });
    const page = await context.newPage();
    page.mistakes = [];
    page.on('console', (message) => message.type() === 'error' && page.mistakes.push(message.text()));
    await page.goto(`${server.url}/login`, { waitUntil: 'commit' });
    await page.fill('[name=name]', 'Ann');
    await page.fill('[name=pin]', 'wrong');
    await page.click('button', { noWaitAfter: true });
    await page.waitForSelector('[role=alert]:has-text("the name or the PIN is wrong")');
    release();
    await online(page);
    await page.evaluate(() => new Promise((pushed) => setTimeout(pushed, 300)));
    assert.deepEqual(await alerts(page), ['the name or the PIN is wrong']);
    assert.equal(await page.inputValue('[name=name]'), 'Ann');
    assert.ok(!files.some((file) => file.includes('duramen-client')), 'the page has what it shows of errors');
    await fill(page, '', '4711');
    await page.waitForSelector('[role=alert]:has-text("say your name")');
    assert.deepEqual(await alerts(page), ['say your name']);
    assert.deepEqual(
      page.mistakes.filter((mistake) => !isExpected(mistake)),
      [],
    );
    await context.close();
  });

  it('posts once for a double click', async () => {
    const context = await browser.newContext();
    const page = await openPage(context, `${server.url}/login`);
    await online(page);
    const posts = [];
    await page.route('**/*__rsc_action_id*', async (route) => {
      posts.push(route.request().url());
      await new Promise((waited) => setTimeout(waited, 300));
      await route.continue();
    });
    await page.fill('[name=name]', 'Ann');
    await page.fill('[name=pin]', '4711');
    await page.dblclick('button');
    await at(page, '/');
    assert.equal(posts.length, 1);
    await context.close();
  });

  it('logs in once the server is back, if the form was sent while it was away', async () => {
    const context = await browser.newContext();
    const page = await openPage(context, `${server.url}/login`);
    await online(page);
    await server.kill();
    await page.waitForSelector('html[data-duramen-connection="offline"]', { state: 'attached' });
    await fill(page, 'Ann', '4711');
    await page.waitForSelector('[role=alert]:has-text("This is sent as soon as it is back.")');
    assert.equal(await page.inputValue('[name=name]'), 'Ann');
    await server.start();
    await page.waitForSelector('h1:has-text("Hello, Ann")');
    await context.close();
  });

  it('hydrates the form that it posted without scripts', async () => {
    const context = await browser.newContext();
    const page = await openPage(context, `${server.url}/login`);
    await online(page);
    assert.equal(await page.locator('form input[type=hidden]').count(), 1);
    assert.deepEqual(page.mistakes, []);
    await context.close();
  });

  /** A page that Ann has logged in on. */
  async function loggedIn(context) {
    const page = await openPage(context, `${server.url}/login`);
    await online(page);
    await fill(page, 'Ann', '4711');
    await at(page, '/');
    await online(page);
    return page;
  }

  it('sends a page that is open elsewhere to the form when its session ends', async () => {
    const context = await browser.newContext();
    const page = await loggedIn(context);
    const other = await openPage(context, server.url);
    await online(other);
    await page.click('button');
    const soon = 3_000; // sooner than sessions are asked by the clock
    await eventually('the form', () => new URL(other.url()).pathname === '/login', soon);
    await other.waitForSelector('[name=pin]');
    assert.equal(await other.locator('text=Ann').count(), 0);
    await at(page, '/login');
    // Neither tab's socket is anybody's now.
    await online(page);
    await online(other);
    assert.deepEqual(page.mistakes, []);
    assert.deepEqual(other.mistakes, []);
    await context.close();
  });

  it('logs in again on both tabs', async () => {
    const context = await browser.newContext();
    const page = await loggedIn(context);
    await page.click('button');
    await at(page, '/login');
    await online(page);
    await fill(page, 'Eve', '4711');
    await at(page, '/');
    await page.waitForSelector('h1:has-text("Hello, Eve")');
    assert.deepEqual(page.mistakes, []);
    await context.close();
  });
});

describe('the back button after a logout', () => {
  let browser;
  let server;
  before(async () => {
    browser = await launch({ keepsPages: true });
    server = await new AppServer('LOGIN_BIN').start();
  });
  after(async () => {
    await browser?.close();
    await server?.end();
  });

  async function loggedIn(context) {
    await context.addInitScript(watchRoot);
    const page = await openPage(context, `${server.url}/login`);
    await online(page);
    await page.fill('[name=name]', 'Ann');
    await page.fill('[name=pin]', '4711');
    await page.click('button');
    await page.waitForSelector('h1:has-text("Hello, Ann")');
    await online(page);
    return page;
  }

  it('shows no page of the session, wherever it was kept', async () => {
    const context = await browser.newContext();
    const page = await loggedIn(context);
    await page.click('button');
    await page.waitForSelector('[name=pin]');
    await page.evaluate(() => history.back()); // goBack() waits for an event that a page from memory has not
    await page.waitForSelector('[name=pin]');
    await online(page);
    await page.waitForTimeout(500);
    assert.ok(page.url().endsWith('/login'));
    assert.ok(!(await page.evaluate(() => self.seen.join())).includes('Ann'));
    await context.close();
  });
});
