// RedwoodSDK's own client, as npm has it, against our server: the stock wire of docs/protocol.md. STOCK_BIN names the
// program of test/stock.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { bundleStockClient } from '../stock/bundle.mjs';
import { AppServer, eventually, launch, openPage } from './support.mjs';

describe("RedwoodSDK's client", () => {
  let browser;
  let server;
  before(async () => {
    process.env.STOCK_ENTRY = await bundleStockClient();
    browser = await launch();
    server = await new AppServer('STOCK_BIN').start();
  });
  after(async () => {
    await browser?.close();
    await server?.end();
  });

  async function open(path = '/') {
    const context = await browser.newContext();
    const page = await openPage(context, server.url + path);
    await page.waitForSelector('#adder'); // stock components show after hydration
    return page;
  }
  const words = (page) => page.locator('#words li').count();
  const showsWords = (page, count) => eventually(`${count} words`, async () => (await words(page)) === count);
  const close = (...pages) => Promise.all(pages.map((page) => page.context().close()));

  it('hydrates the page, and keeps what the document brought', async () => {
    const page = await open();
    await page.fill('[aria-label="Free text"]', 'kept');
    await page.click('text=Clicked 0');
    await page.waitForSelector('text=Clicked 1');
    assert.equal(await page.locator('#from-server').count(), 1);
    assert.equal(await page.inputValue('[aria-label="Free text"]'), 'kept');
    assert.deepEqual(page.mistakes, []);
    await close(page);
  });

  it("gives an action's result to its caller, and the new page to every reader", async () => {
    const [alice, bob] = [await open(), await open()];
    const before = await words(alice);
    await bob.click('text=Clicked 0');
    // A call before the socket is open is lost by this client, so the person clicks again (docs/protocol.md, U5).
    await eventually('the answer', async () => {
      if ((await alice.textContent('#said')) === 'added tea ✓') return true;
      if ((await words(alice)) === before) await alice.click('text=Add tea');
      await new Promise((waited) => setTimeout(waited, 300));
      return false;
    });
    await eventually('the same words', async () => (await words(alice)) === (await words(bob)) && (await words(bob)) > before);
    assert.equal(await bob.locator('text=Clicked 1').count(), 1); // state is kept through a push
    assert.equal(bob.documents, 1);
    assert.deepEqual([...alice.mistakes, ...bob.mistakes], []);
    await close(alice, bob);
  });

  it('navigates without a new document', async () => {
    const page = await open();
    await page.click('a:has-text("Other")');
    await page.waitForSelector('h1:has-text("Other")');
    await page.click('a:has-text("Words")');
    await page.waitForSelector('#adder');
    assert.equal(page.documents, 1);
    assert.deepEqual(page.mistakes, []);
    await close(page);
  });

  it('follows the redirect of an action', async () => {
    const page = await open();
    await page.click('text=Leave');
    await page.waitForSelector('h1:has-text("Other")');
    assert.equal(new URL(page.url()).pathname, '/other');
    await close(page);
  });

  it('calls actions by POST where there is no socket', async () => {
    const page = await open('/?fetch');
    const before = await words(page);
    await page.click('text=Add tea');
    await eventually('the answer', async () => (await page.textContent('#said')) === 'added tea ✓');
    await showsWords(page, before + 1);
    assert.deepEqual(page.mistakes, []);
    await close(page);
  });
});
