// A page that the browser keeps for its back button, as it does for people: Playwright's own way back knows no such
// page, so these go by history.back().

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Harness, element } from './harness.mjs';
import { eventually, launch, online, openPage, watchRoot } from './support.mjs';

const page = (text) => [element('p', { id: 'page', children: text }), element('div', { style: { height: 3000 } })];

describe('a page that the browser has kept', () => {
  let browser;
  let site;
  let context;
  before(async () => {
    browser = await launch({ keepsPages: true });
    site = await new Harness().start();
  });
  after(async () => {
    await browser?.close();
    await site?.end();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    await context.addInitScript(watchRoot);
  });
  afterEach(async () => {
    await context?.close();
    site.reset();
  });

  /** Shows `text`, scrolls, and goes to another document and back. */
  async function thereAndBack(text) {
    site.opensWith(page('nothing private'));
    const tab = await openPage(context, `${site.url}/start`);
    await online(tab);
    (await site.client()).push(page(text));
    await tab.waitForSelector(`text=${text}`);
    await tab.evaluate(() => window.scrollTo(0, 500));
    await tab.waitForTimeout(100);
    await tab.evaluate(() => location.assign('/elsewhere'));
    await site.client(1);
    await online(tab);
    await back(tab);
    return tab;
  }
  async function back(tab) {
    await tab.evaluate(() => history.back());
    await eventually('the way back', () => tab.url().endsWith('/start'));
  }
  const isRestored = (tab) => tab.evaluate(() => self.restored);
  const seen = (tab) => tab.evaluate(() => [...new Set(self.seen)].join());

  it('is hidden until the server has answered, and then shows what the server says', async () => {
    site.knowsClients = true;
    const tab = await thereAndBack('Hello, Ann');
    assert.equal(await isRestored(tab), true);
    const client = await site.client(2); // joined anew, with the cookies of now
    await tab.waitForTimeout(200);
    assert.equal(await seen(tab), '');
    client.push(page('Log in'));
    await tab.waitForSelector('text=Log in');
    assert.equal((await seen(tab)).trim(), 'Log in');
    assert.equal(await tab.evaluate(() => window.scrollY), 500);
    assert.deepEqual(tab.mistakes, []);
  });

  it('is asked for by HTTP if there is no socket', async () => {
    site.knowsClients = true;
    site.fetched = () => site.rows(page('Log in'));
    site.opensWith(page('nothing private'));
    const tab = await openPage(context, `${site.url}/start`);
    await online(tab);
    (await site.client()).push(page('Hello, Ann'));
    await tab.waitForSelector('text=Hello, Ann');
    await tab.evaluate(() => location.assign('/elsewhere'));
    await site.client(1);
    site.refusesSockets = true;
    await back(tab);
    await tab.waitForSelector('text=Log in');
    assert.equal((await seen(tab)).trim(), 'Log in');
  });

  it('is shown at once where nobody has a session', async () => {
    const tab = await thereAndBack('for everybody');
    if (await isRestored(tab)) assert.ok((await seen(tab)).includes('for everybody'));
  });
});
