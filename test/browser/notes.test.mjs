// The notes app, from key press to another reader's screen: the real program, real browsers. NOTES_BIN names the
// program.

import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, it } from 'node:test';
import { NotesServer, eventually, isRefusedConnection, launch, online, openPage, translate } from './support.mjs';

/** Whether `text` has all keystrokes of `typed`, in order, whatever stands between them. */
function holdsInOrder(text, typed) {
  let at = -1;
  return [...typed].every((key) => (at = text.indexOf(key, at + 1)) >= 0);
}

describe('notes', () => {
  let browser;
  let server;
  let alice; // browser contexts: people who share nothing
  let bob;
  before(async () => {
    browser = await launch();
    server = await new NotesServer().start();
  });
  after(async () => {
    await browser?.close();
    await server?.end();
  });
  beforeEach(async () => {
    alice = await browser.newContext();
    bob = await browser.newContext();
  });
  afterEach(async () => {
    await alice?.close();
    await bob?.close();
  });

  let notes = 0;
  const note = () => `${server.url}/note/test-${++notes}`;
  const field = (page) => page.locator('textarea.editor');
  const text = (page) => field(page).inputValue();
  const shows = (page, content) => eventually(`"${content}"`, async () => (await text(page)) === content);
  async function open(context, url) {
    const page = await openPage(context, url);
    await field(page).waitFor();
    await online(page);
    return page;
  }
  const saved = (page) => page.waitForSelector('[data-state="saved"]');

  it('shows the text before any script, and keeps what is typed there', async () => {
    const url = note();
    const a = await open(alice, url);
    await field(a).pressSequentially('Milk');
    await saved(a);
    const slow = await bob.newPage();
    let release;
    const held = new Promise((go) => (release = go));
    await slow.route('**/*.js', async (route) => {
      await held;
      await route.continue();
    });
    await slow.goto(url, { waitUntil: 'commit' });
    await field(slow).waitFor();
    assert.equal(await text(slow), 'Milk');
    await field(slow).press('End');
    await field(slow).pressSequentially(' and bread');
    release();
    await shows(a, 'Milk and bread');
    assert.equal(await text(slow), 'Milk and bread');
  });

  it('shows what one types to the other, and keeps it over a reload', async () => {
    const url = note();
    const [a, b] = [await open(alice, url), await open(bob, url)];
    await field(a).pressSequentially('Milk\nand bread');
    await shows(b, 'Milk\nand bread');
    await eventually('the title', async () => (await b.locator('h1').textContent()) === 'Milk');
    await saved(a);
    await a.reload();
    await shows(a, 'Milk\nand bread');
    assert.deepEqual([...a.mistakes, ...b.mistakes], []);
    assert.equal(b.documents, 1);
  });

  it('keeps every word of two who type at once, and both come to the same text', async () => {
    const url = note();
    const [a, b] = [await open(alice, url), await open(bob, url)];
    const words = (name) => Array.from({ length: 25 }, (_, i) => `${name}${i}. `);
    await Promise.all([
      field(a).pressSequentially(words('a').join(''), { delay: 5 }),
      field(b).pressSequentially(words('b').join(''), { delay: 5 }),
    ]);
    const [typedA, typedB] = [words('a').join(''), words('b').join('')];
    const end = await eventually('the same text', async () => {
      const [one, two] = [await text(a), await text(b)];
      return one === two && one.length === typedA.length + typedB.length && one;
    });
    assert.ok(holdsInOrder(end, typedA) && holdsInOrder(end, typedB), end);
    assert.deepEqual([...a.mistakes, ...b.mistakes], []);
  });

  it('counts who is here', async () => {
    const url = note();
    const a = await open(alice, url);
    await eventually('1 here', async () => (await a.locator('.readers').textContent()) === '1 here');
    const b = await open(bob, url);
    await eventually('2 here', async () => (await a.locator('.readers').textContent()) === '2 here');
    await b.close();
    await eventually('1 here', async () => (await a.locator('.readers').textContent()) === '1 here');
  });

  it('counts who is here, and shows titles, on a page that the browser has translated', async () => {
    const url = note();
    const a = await open(alice, url);
    await eventually('1 here', async () => (await a.locator('.readers').textContent()) === '1 here');
    await translate(a);
    const b = await open(bob, url);
    await eventually('2 here', async () => (await a.locator('.readers').textContent()) === '2 here');
    await field(b).pressSequentially('Title');
    await eventually('the title', async () => (await a.locator('h1').textContent()) === 'Title');
    assert.deepEqual(a.mistakes, []);
  });

  it('lists a note when it appears and when its first line changes', async () => {
    const home = await openPage(bob, server.url);
    await online(home);
    const url = note();
    const key = url.split('/').pop();
    const entry = home.locator('.notes li', { hasText: key });
    assert.equal(await entry.count(), 0);
    const a = await open(alice, url);
    await field(a).pressSequentially('First');
    await eventually('the entry', async () => (await entry.locator('.title').textContent()) === 'First');
    await field(a).press('Control+Home');
    await field(a).pressSequentially('The ');
    await eventually('its new line', async () => (await entry.locator('.title').textContent()) === 'The First');
    assert.equal(home.documents, 1);
    assert.deepEqual(home.mistakes, []);
  });

  it('goes to a fresh note, stores nothing until it is written, and comes back, all in one document', async () => {
    const page = await openPage(alice, server.url);
    await online(page);
    await page.locator('button.new').click();
    await field(page).waitFor();
    assert.match(page.url(), /\/note\/[a-z0-9]{10}$/);
    await online(page);
    await page.goBack();
    await page.locator('main.home').waitFor();
    await page.goForward();
    await field(page).waitFor();
    await field(page).pressSequentially('Fresh');
    await saved(page);
    await page.locator('header a').click();
    await page.locator('.notes li', { hasText: 'Fresh' }).waitFor();
    assert.equal(page.documents, 1);
    assert.deepEqual(page.mistakes, []);
  });

  it('leaves to the browser what is no page of the app, and shows the 404 page that is', async () => {
    const a = await open(alice, note());
    const click = (href) =>
      a.evaluate((to) => {
        const link = document.body.appendChild(document.createElement('a'));
        link.href = to;
        link.click();
      }, href);
    await click('/no/such/page');
    await a.locator('h1:has-text("Not found")').waitFor();
    assert.deepEqual([new URL(a.url()).pathname, a.documents], ['/no/such/page', 1]);
    await click('/healthz');
    await eventually('the health', async () => (await a.textContent('body')) === 'ok\n');
    assert.equal(a.documents, 2);
  });

  it('keeps what is typed in the moment of leaving the page', async () => {
    const url = note();
    const [a, b] = [await open(alice, url), await open(bob, url)];
    await field(a).pressSequentially('typed and gone');
    await a.locator('header a').click();
    await shows(b, 'typed and gone');
  });

  it('survives a kill: both come back current, without a reload, with what was typed meanwhile', async () => {
    const url = note();
    const [a, b] = [await open(alice, url), await open(bob, url)];
    await field(a).pressSequentially('before ');
    await shows(b, 'before ');
    await saved(a);
    await server.kill();
    await a.waitForSelector('html[data-duramen-connection="offline"]', { state: 'attached' });
    await field(a).pressSequentially('while away');
    await a.waitForSelector('[data-state="offline"]');
    await server.start();
    await Promise.all([online(a), online(b)]);
    await shows(b, 'before while away');
    await field(b).press('Control+End');
    await field(b).pressSequentially(', after');
    await shows(a, 'before while away, after');
    assert.deepEqual([a.documents, b.documents], [1, 1]);
    assert.deepEqual(
      [...a.mistakes, ...b.mistakes].filter((mistake) => !isRefusedConnection(mistake)),
      [],
    );
  });

  it('has a text once that was saved when the server was killed before it answered', async () => {
    const url = note();
    const [a, b] = [await open(alice, url), await open(bob, url)];
    for (let round = 0; round < 3; round++) {
      const typing = field(a).pressSequentially(`round ${round}. `, { delay: 3 });
      await new Promise((waited) => setTimeout(waited, 10 + 12 * round));
      await server.kill();
      await typing;
      await server.start();
    }
    await shows(a, 'round 0. round 1. round 2. ');
    await shows(b, 'round 0. round 1. round 2. ');
  });

  it('says "too many readers" to one beyond a limit, and saves what that one typed when there is room', async () => {
    const small = await new NotesServer('--max-clients-of-key', '1').start();
    try {
      const url = `${small.url}/note/crowded`;
      const a = await open(alice, url);
      const b = await openPage(bob, url);
      await b.waitForSelector('html[data-duramen-connection="full"]', { state: 'attached' });
      assert.match(await b.locator('.state').textContent(), /^Too many readers/);
      await field(b).pressSequentially('late');
      assert.match(await b.locator('.state').textContent(), /^Too many readers/);
      assert.match(small.log, /a realtime client of the key "\/note\/crowded" was refused: this key has 1 clients/);
      assert.equal(small.log.split('was refused').length, 2);
      await a.close();
      await b.waitForSelector('[data-state="saved"]', { timeout: 30_000 });
    } finally {
      await small.end();
    }
  });

  it("never holds two Reacts: an app's component and the page use the same modules", async () => {
    const a = await open(alice, note());
    const scripts = await a.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
    );
    const holding = [];
    for (const script of new Set(scripts.filter((name) => name.endsWith('.js')))) {
      const source = await (await fetch(server.url + script)).text();
      // React's element type is made in each copy of it.
      if (/__CLIENT_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE ?=[^=]/.test(source)) holding.push(script);
    }
    assert.equal(holding.length, 1, `React is in ${holding}`);
  });
});
