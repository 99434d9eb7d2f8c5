// A login form with and without scripts: the real program, real browsers. LOGIN_BIN names the program.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppServer, eventually, launch, online, openPage } from './support.mjs';

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

  it('says what was wrong, without scripts on a page of its own', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await openPage(context, `${server.url}/login`);
    await fill(page, 'Ann', 'wrong');
    await page.waitForSelector('text=the name or the PIN is wrong');
    await page.click('a');
    await page.waitForSelector('[name=pin]');
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

  it('sends a page that is open elsewhere to the form after a logout, at its next look', async () => {
    const context = await browser.newContext();
    const page = await openPage(context, `${server.url}/login`);
    await online(page);
    await fill(page, 'Ann', '4711');
    await at(page, '/');
    const other = await openPage(context, server.url);
    await online(other);
    await page.click('button');
    await at(page, '/login');
    await other.reload();
    await at(other, '/login');
    await context.close();
  });
});
