// Going from page to page, in a real browser against a server that does what the test says: it is away, it is full, what
// it has is no page, its pages scroll.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Harness, element } from './harness.mjs';
import { eventually, isRefusedConnection, launch, online, openPage } from './support.mjs';

const page = (n, ...children) => [element('p', { id: 'page', children: String(n) }), ...children];
const link = (to, id = 'link', props = {}) => element('a', { id, href: to, children: to, ...props }, id);
const title = (text) => element('title', { children: text }, 'title');

describe('navigation', () => {
  let browser;
  let site;
  let context;
  before(async () => {
    browser = await launch();
    site = await new Harness().start();
  });
  after(async () => {
    await browser?.close();
    await site?.end();
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context?.close();
    if (!site.listening) await site.listen();
    site.reset();
  });

  async function open(...children) {
    site.opensWith(page(0, ...children));
    const tab = await openPage(context, `${site.url}/start`);
    const client = await site.client();
    await online(tab);
    return { tab, client };
  }
  const shown = (tab) => tab.locator('#page').textContent();
  const shows = (tab, n) => eventually(`page ${n}`, async () => (await shown(tab)) === String(n));
  const path = (tab) => new URL(tab.url()).pathname;
  const state = (tab, status) =>
    tab.waitForSelector(`html[data-duramen-navigation="${status}"]`, { state: 'attached', timeout: 20_000 });
  const attribute = (tab, name, id = 'link') => tab.locator(`#${id}`).getAttribute(name);
  const unexpected = (tab) => tab.mistakes.filter((mistake) => !isRefusedConnection(mistake));
  const note = (name) => element('textarea', { id: `note-${name}`, defaultValue: name }, `note-${name}`);

  describe('an address', () => {
    it('changes with the page: until then the link is pending, and the old page is current', async () => {
      const { tab, client } = await open(link('/b'));
      await tab.locator('#link').click();
      const next = await site.client(1);
      await state(tab, 'pending');
      assert.deepEqual([await attribute(tab, 'data-pending'), await attribute(tab, 'aria-busy')], ['', 'true']);
      client.push(page('still a', link('/b')));
      await shows(tab, 'still a');
      assert.equal(path(tab), '/start');

      // In no frame, and to no component's effect, does an address show the other's page.
      await tab.evaluate(() => {
        window.pairs = new Set();
        const look = () => {
          window.pairs.add(`${location.pathname} ${document.querySelector('#page').textContent}`);
          requestAnimationFrame(look);
        };
        look();
        new MutationObserver(look).observe(document.querySelector('#hydrate-root'), { subtree: true, childList: true });
      });
      next.push(page('b', link('/b')));
      await shows(tab, 'b');
      await state(tab, 'idle');
      assert.equal(path(tab), '/b');
      assert.deepEqual(await tab.evaluate(() => [...window.pairs]), ['/start still a', '/b b']);
      assert.equal(await attribute(tab, 'data-pending'), null);
      assert.equal(tab.documents, 1);
    });

    it('stays, with the page, where the server is away; the link has failed, and can be tried again', async () => {
      const { tab } = await open(note('a'), link('/b'));
      await site.away();
      await tab.locator('#link').click();
      await state(tab, 'failed');
      assert.deepEqual([path(tab), await attribute(tab, 'data-failed')], ['/start', '']);
      assert.equal(await attribute(tab, 'aria-busy'), null);
      await tab.locator('#note-a').press('End');
      await tab.locator('#note-a').pressSequentially(' is mine');
      assert.equal(path(tab), '/start');

      await site.listen();
      await tab.locator('[data-duramen-notice]').getByText('Try again').click();
      const next = await eventually('a socket of b', () => site.clients.find(({ key }) => key === '/b'));
      next.push(page('b', link('/b')));
      await shows(tab, 'b');
      assert.equal(path(tab), '/b');
      assert.equal(await tab.locator('[data-duramen-notice]').count(), 0);
      assert.deepEqual([tab.documents, unexpected(tab)], [1, []]);
    });

    it('of back never holds what is typed into the page before', async () => {
      const { tab } = await open(note('a'), link('/b'));
      await tab.locator('#link').click();
      (await site.client(1)).push(page('b', note('b')));
      await shows(tab, 'b');
      await tab.locator('#note-b').focus();
      await tab.evaluate(() => {
        window.wrong = [];
        addEventListener('input', ({ target }) => {
          const owner = { '/b': 'note-b', '/start': 'note-a' }[location.pathname];
          if (target.id !== owner) window.wrong.push(`${target.id} at ${location.pathname}`);
        });
      });
      await tab.goBack();
      await tab.keyboard.type('into nothing');
      const back = await site.client(2);
      assert.equal(back.key, '/start');
      assert.equal(await tab.locator('#note-b').inputValue(), 'b');
      back.push(page(0, note('a'), link('/b')));
      await shows(tab, 0);
      await tab.locator('#note-a').pressSequentially('x');
      assert.deepEqual(await tab.evaluate(() => window.wrong), []);
      assert.deepEqual(unexpected(tab), []);
    });

    it('is given back after a back that failed, with the focus, and back can be tried again', async () => {
      const { tab } = await open(note('a'), link('/b'));
      await tab.locator('#link').click();
      (await site.client(1)).push(page('b', note('b')));
      await shows(tab, 'b');
      await tab.locator('#note-b').focus();
      await site.away();
      await tab.goBack();
      await state(tab, 'failed');
      await eventually('the address of b', () => path(tab) === '/b');
      await eventually('input', async () => (await tab.locator('#hydrate-root').getAttribute('inert')) === null);
      await tab.keyboard.type('!');
      assert.match(await tab.locator('#note-b').inputValue(), /!/);
      assert.equal(await shown(tab), 'b');

      await site.listen();
      await tab.locator('[data-duramen-notice]').getByText('Try again').click();
      const back = await eventually('a socket of a', () => site.clients.slice(2).find(({ key }) => key === '/start'));
      back.push(page(0, note('a')));
      await shows(tab, 0);
      assert.equal(path(tab), '/start');
      await tab.goForward();
      await eventually('b again', async () => {
        // The connection that was left may have come back once more.
        for (const client of site.clients) if (client.key === '/b' && !client.closed) client.push(page('b'));
        return (await shown(tab)) === 'b';
      });
      assert.equal(tab.documents, 1);
    });
  });

  it('where the server has no place, is told so, and tries seldom', async () => {
    const { tab, client } = await open(element('$LProbe.Status'));
    const status = (is) => eventually(is, async () => (await tab.locator('#status').textContent()) === is);
    client.close(1013);
    await status('full');
    const seen = await tab.evaluate(() => {
      window.statuses = new Set();
      new MutationObserver(() => window.statuses.add(document.documentElement.dataset.duramenConnection)).observe(
        document.documentElement,
        { attributes: true },
      );
      return window.statuses.size;
    });
    assert.equal(seen, 0);
    for (let n = 1; n < 4; n++) (await site.client(n)).close(1013);
    (await site.client(4)).push(page(1, element('$LProbe.Status')));
    await shows(tab, 1);
    await status('online');
    assert.deepEqual(await tab.evaluate(() => [...window.statuses]), ['online']);
  });

  describe('what is no page of the app', () => {
    const text = (body) => () => ({ headers: { 'content-type': 'text/plain' }, body });

    it('is loaded by the browser: a file, a health check, another app', async () => {
      for (const [to, answer] of [
        ['/files/report.txt', text('the report')],
        ['/healthz', text('ok')],
        ['/other/app', () => ({ headers: { 'content-type': 'text/html' }, body: 'another app' })],
        ['/other/flight', () => ({ headers: { 'content-type': 'text/x-component' }, body: site.rows(page('other')) })],
      ]) {
        site.reset();
        const { tab } = await open(link(to));
        site.elsewhere.set(to, answer);
        await tab.locator('#link').click();
        (await site.client(1)).pushRows(site.rows(page('Not found')), 404);
        await eventually('a document', () => tab.documents === 2);
        assert.equal(path(tab), to);
        assert.ok(site.asked.includes(`GET ${to}`));
        await tab.goBack();
        await shows(tab, 0);
        await tab.close();
      }
    });

    it('may be a file that the browser saves: the page stays, and its link is not pending', async () => {
      const { tab, client } = await open(link('/files/report.pdf'));
      site.elsewhere.set('/files/report.pdf', () => ({
        headers: { 'content-type': 'application/pdf', 'content-disposition': 'attachment; filename="report.pdf"' },
        body: 'the report',
      }));
      const saved = tab.waitForEvent('download');
      await tab.locator('#link').click();
      (await site.client(1)).pushRows(site.rows(page('Not found')), 404);
      await (await saved).cancel();
      await state(tab, 'idle');
      assert.deepEqual([path(tab), await shown(tab), await attribute(tab, 'data-pending')], ['/start', '0', null]);
      await eventually('its socket closed', () => site.clients[1].closed);
      client.push(page('current'));
      await shows(tab, 'current');
    });

    it("is not a 404 page of the app's own: that is shown", async () => {
      const { tab, client } = await open(link('/gone'));
      let release;
      const held = new Promise((go) => (release = go));
      site.elsewhere.set('/gone', async (url) => {
        await held;
        return {
          status: 404,
          headers: { 'content-type': url.search ? 'text/x-component' : 'text/html' },
          body: url.search ? site.rows(page('Not found')) : 'a document',
        };
      });
      await tab.locator('#link').click();
      (await site.client(1)).pushRows(site.rows(page('Not found')), 404);
      await eventually('the question', () => site.asked.some((asked) => asked.startsWith('GET /gone?')));
      client.push(page('still a')); // newer than the page that is on its way, and of the one before
      await shows(tab, 'still a');
      release();
      await shows(tab, 'Not found');
      assert.deepEqual([path(tab), tab.documents], ['/gone', 1]);
    });

    it('is loaded in the place of back, too', async () => {
      const { tab } = await open(link('/b'));
      await tab.evaluate(() => history.replaceState(history.state, '', '/files/report.txt'));
      await tab.locator('#link').click();
      (await site.client(1)).push(page('b'));
      await shows(tab, 'b');
      site.elsewhere.set('/files/report.txt', text('the report'));
      await tab.goBack();
      (await site.client(2)).pushRows(site.rows(page('Not found')), 404);
      await eventually('the file', async () => (await tab.textContent('body')) === 'the report');
    });

    it('is left to the browser by a click that says so', async () => {
      const { tab } = await open(
        link('/files/a.txt', 'download', { download: '' }),
        link('/files/b.txt', 'blank', { target: '_blank' }),
        link('/files/c.txt', 'external', { rel: 'external' }),
        element('a', { id: 'blob', children: 'blob' }, 'blob'),
      );
      for (const name of ['a', 'b', 'c']) site.elsewhere.set(`/files/${name}.txt`, text(name));
      const saved = tab.waitForEvent('download');
      await tab.locator('#download').click();
      await (await saved).cancel();
      const opened = context.waitForEvent('page');
      await tab.locator('#blank').click();
      await (await opened).close();
      const wasOurs = await tab.evaluate(() => {
        let prevented;
        window.addEventListener('click', (event) => {
          prevented = event.defaultPrevented;
          event.preventDefault();
        });
        document.querySelector('#blob').href = URL.createObjectURL(new Blob(['x']));
        document.querySelector('#blob').click();
        return prevented;
      });
      assert.equal(wasOurs, false);
      assert.equal(site.clients.length, 1);
      await tab.reload(); // without the listener
      await online(tab);
      await tab.locator('#external').click();
      await eventually('the file', async () => (await tab.textContent('body')) === 'c');
      assert.ok(site.clients.every(({ key }) => key === '/start'));
    });
  });

  describe('a fragment', () => {
    const tall = (id) => element('div', { id, style: { height: 3000 }, children: id }, id);

    it('is an id as it stands, whatever its percent signs', async () => {
      const { tab } = await open(link('/b#100%'));
      await tab.locator('#link').click();
      (await site.client(1)).push(page('b', tall('tall'), tall('100%')));
      await shows(tab, 'b');
      await eventually('the place', () => tab.evaluate(() => scrollY > 2000));
      assert.deepEqual([path(tab), new URL(tab.url()).hash, tab.documents], ['/b', '#100%', 1]);
    });

    it("of the page's own, to which an action redirects, is gone to, and the action ends", async () => {
      const acting = (n) => page(n, element('$LProbe.Transition', { page: String(n), act: '$hact' }), tall('tall'));
      const { tab, client } = await open(...acting(0).slice(1));
      await tab.locator('#act').click();
      const redirect = JSON.stringify({ __rw_action_response: { status: 303, headers: { location: '/start#there' } } });
      client.answer(await client.request(), [...acting(1), tall('there')], redirect);
      await shows(tab, 1);
      await eventually('the end', () => tab.evaluate(() => window.seen.at(-1).endsWith(' idle')));
      await eventually('the place', () => tab.evaluate(() => scrollY > 2000));
      assert.deepEqual([new URL(tab.url()).hash, tab.documents], ['#there', 1]);
    });
  });

  describe('scrolling', () => {
    const scroller = (tag, id, height = 5000) =>
      element(tag, { id, style: { height: 200, overflow: 'auto' }, children: element('div', { style: { height } }) }, id);
    const at = (tab, id) => tab.evaluate((name) => document.querySelector(`#${name}`).scrollTop, id);
    const scroll = (tab, id, y) => tab.evaluate(([name, to]) => (document.querySelector(`#${name}`).scrollTop = to), [id, y]);
    const frames = (tab) => tab.evaluate(() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go))));

    // React keeps the elements from page to page.
    const frame = (n, to) => page(n, link(to), scroller('nav', 'menu'), scroller('main', 'main'));

    it('of a container is by history entry: a new page opens at its top, back and a reload restore', async () => {
      const { tab } = await open(...frame(0, '/b').slice(1));
      await scroll(tab, 'main', 1500);
      await scroll(tab, 'menu', 70);
      await frames(tab);
      await tab.locator('#link').click();
      (await site.client(1)).push(frame('b', '/c'));
      await shows(tab, 'b');
      await eventually('the top', async () => (await at(tab, 'main')) === 0);
      assert.equal(await at(tab, 'menu'), 70); // it stands beside the page
      await scroll(tab, 'main', 300);
      await frames(tab);
      await tab.goBack();
      (await site.client(2)).push(frame(0, '/b'));
      await shows(tab, 0);
      await eventually('the old place', async () => (await at(tab, 'main')) === 1500);
      await tab.goForward();
      (await site.client(3)).push(frame('b', '/c'));
      await shows(tab, 'b');
      await eventually('the place of b', async () => (await at(tab, 'main')) === 300);
      await tab.reload();
      await eventually('the place of b', async () => (await at(tab, 'main')) === 300);
      assert.equal(tab.documents, 2);
    });
  });

  describe('a screen reader and the keyboard', () => {
    const announced = (tab) => tab.locator('[data-duramen-announcer]').textContent();
    const focused = (tab) => tab.evaluate(() => document.activeElement.id);

    it('hear of the page by its title, and go on from its start', async () => {
      const { tab } = await open(title('A'), link('/c', 'first'), link('/d', 'second'), link('/b'));
      assert.equal(await announced(tab), '');
      await tab.locator('#link').focus();
      await tab.keyboard.press('Enter');
      (await site.client(1)).push(page('b', title('Page B'), link('/c', 'first'), link('/d', 'second')));
      await shows(tab, 'b');
      await eventually('the title', async () => (await announced(tab)) === 'Page B');
      const region = tab.locator('[data-duramen-announcer]');
      assert.equal(await region.getAttribute('aria-live'), 'assertive');
      await tab.keyboard.press('Tab');
      assert.equal(await focused(tab), 'first');
      await tab.keyboard.press('Tab');
      assert.equal(await focused(tab), 'second');
      assert.equal(await tab.locator('#hydrate-root').getAttribute('tabindex'), null);
      await tab.goBack();
      (await site.client(2)).push(page(0, title('A'), link('/b')));
      await eventually('the title', async () => (await announced(tab)) === 'A');
    });

    it('keep what has the focus and is on both pages, and a field that takes it', async () => {
      const { tab } = await open(link('/b', 'menu'));
      await tab.locator('#menu').focus();
      await tab.keyboard.press('Enter');
      (await site.client(1)).push(page('b', link('/c', 'menu')));
      await shows(tab, 'b');
      assert.equal(await focused(tab), 'menu');
      await tab.keyboard.press('Enter');
      (await site.client(2)).push(page('c', link('/d', 'other'), element('input', { id: 'field', autoFocus: true })));
      await shows(tab, 'c');
      await eventually('the field', async () => (await focused(tab)) === 'field');
    });

    it('go to the place that the link names', async () => {
      const { tab } = await open(link('/b#part'));
      await tab.locator('#link').focus();
      await tab.keyboard.press('Enter');
      const part = element('section', { id: 'part', children: link('/d', 'within') }, 'part');
      (await site.client(1)).push(page('b', link('/c', 'first'), part, link('/d', 'last')));
      await shows(tab, 'b');
      await tab.keyboard.press('Tab');
      assert.equal(await focused(tab), 'within');
    });
  });

  describe('requests of its own', () => {
    it("put nothing under the page's address: back shows a document", async () => {
      site.usesEntry(`import { initClient } from './src/index.ts'; initClient();`);
      site.opensWith(page(0, link('/next')));
      const asked = [];
      site.fetched = (url, { headers }) => {
        asked.push([url.search, headers['cache-control']]);
        return site.rows(page(1, link('/next')));
      };
      const tab = await openPage(context, `${site.url}/start`);
      await tab.locator('#link').click();
      await shows(tab, 1);
      assert.deepEqual(asked, [['?__rsc=', 'no-cache']]);
      await tab.goto(`${site.url}/elsewhere`);
      await tab.goBack();
      await shows(tab, 0); // what the harness has as a document
      assert.doesNotMatch(await tab.textContent('body'), /"node"/);
    });

    it('wait as long as a busy server says, and the link is pending meanwhile', async () => {
      const { tab } = await open(link('/b'));
      site.refusesSockets = true;
      let times = 0;
      site.elsewhere.set('/b', () =>
        ++times === 1
          ? { status: 503, headers: { 'retry-after': '1', 'content-type': 'text/plain' }, body: 'busy' }
          : { headers: { 'content-type': 'text/x-component' }, body: site.rows(page('b')) },
      );
      const begun = Date.now();
      await tab.locator('#link').click();
      await state(tab, 'pending');
      await shows(tab, 'b');
      assert.ok(Date.now() - begun >= 1000);
      assert.deepEqual([path(tab), tab.documents], ['/b', 1]);
    });

    it('leave the page where a proxy says that its server is away', async () => {
      const { tab } = await open(link('/b'));
      site.refusesSockets = true;
      site.elsewhere.set('/b', () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: 'bad gateway' }));
      await tab.locator('#link').click();
      await state(tab, 'failed');
      assert.deepEqual([path(tab), await shown(tab), tab.documents], ['/start', '0', 1]);
    });
  });

  describe('an impatient person', () => {
    const links = [link('/b', 'b'), link('/c', 'c'), link('/d', 'd')];
    const socketOf = (key, from = 0) =>
      eventually(`a socket of ${key}`, () => site.clients.slice(from).find((client) => client.key === key));

    it('who clicks three links gets the last page, and one history entry', async () => {
      const { tab } = await open(...links);
      for (const id of ['b', 'c', 'd']) await tab.locator(`#${id}`).click();
      const [b, c, d] = [await socketOf('/b'), await socketOf('/c'), await socketOf('/d')];
      if (!b.closed) b.push(page('b', ...links));
      assert.deepEqual([await attribute(tab, 'data-pending', 'b'), await attribute(tab, 'data-pending', 'd')], [null, '']);
      d.push(page('d', ...links));
      if (!c.closed) c.push(page('c', ...links));
      await shows(tab, 'd');
      await eventually('the others closed', () => b.closed && c.closed);
      assert.equal(path(tab), '/d');
      await tab.goBack();
      (await socketOf('/start', 1)).push(page(0, ...links));
      await shows(tab, 0);
      assert.deepEqual([path(tab), tab.documents, unexpected(tab)], ['/start', 1, []]);
    });

    it('who clicks a link twice asks once', async () => {
      const { tab } = await open(...links);
      await tab.locator('#b').dblclick();
      (await socketOf('/b')).push(page('b', ...links));
      await shows(tab, 'b');
      assert.equal(site.clients.filter(({ key }) => key === '/b').length, 1);
    });

    it('who goes back while a page is on its way is back, and that page does not come', async () => {
      const { tab } = await open(...links);
      await tab.locator('#b').click();
      (await socketOf('/b')).push(page('b', ...links));
      await shows(tab, 'b');
      await tab.locator('#c').click();
      const c = await socketOf('/c');
      await tab.goBack();
      const start = await socketOf('/start', 1);
      if (!c.closed) c.push(page('c', ...links));
      start.push(page(0, ...links));
      await shows(tab, 0);
      assert.equal(path(tab), '/start');
      await eventually('c closed', () => c.closed);
      await tab.goForward();
      (await socketOf('/b', 2)).push(page('b', ...links));
      await shows(tab, 'b');
      assert.deepEqual([path(tab), tab.documents, unexpected(tab)], ['/b', 1, []]);
    });

    it('who goes back and forward again before anything came is where that one was', async () => {
      const { tab, client } = await open(...links);
      await tab.locator('#b').click();
      const b = await socketOf('/b');
      b.push(page('b', note('b'), ...links));
      await shows(tab, 'b');
      await eventually('the old socket closed', () => client.closed);
      await tab.locator('#note-b').focus();
      await tab.goBack();
      await socketOf('/start', 1);
      await tab.goForward();
      await state(tab, 'idle');
      assert.equal(path(tab), '/b');
      await tab.keyboard.type('!');
      assert.match(await tab.locator('#note-b').inputValue(), /!/);
      b.push(page('b2', note('b'), ...links));
      await shows(tab, 'b2');
      assert.equal(tab.documents, 1);
    });

    it('who goes forward again while the page of back waits for a module ends where the address says', async () => {
      const { tab } = await open(...links);
      await tab.locator('#b').click();
      (await socketOf('/b')).push(page('b', note('b'), ...links));
      await shows(tab, 'b');
      let release;
      site.held.set('Slow-', () => new Promise((go) => (release = () => go(200))));
      await tab.goBack();
      (await socketOf('/start', 1)).push(page('start', element('$LSlow.Slow'), ...links));
      await eventually('the request', () => release);
      const before = site.clients.length;
      await tab.goForward();
      const again = await socketOf('/b', before);
      release();
      again.push(page('b again', note('b'), ...links));
      await shows(tab, 'b again');
      await state(tab, 'idle');
      assert.equal(path(tab), '/b');
      await tab.locator('#note-b').pressSequentially('!');
      assert.equal(await shown(tab), 'b again');
      assert.deepEqual(unexpected(tab), []);
    });

    it('whose server is started anew on the way gets the page at the next try, and the old one stays current', async () => {
      const { tab } = await open(...links);
      await tab.locator('#b').click();
      await socketOf('/b');
      await site.away();
      await state(tab, 'failed');
      const before = site.clients.length;
      await site.listen();
      await tab.evaluate(() => window.dispatchEvent(new Event('online')));
      const again = await socketOf('/start', before);
      again.push(page('current', ...links));
      await shows(tab, 'current');
      assert.equal(site.clients.slice(before).filter(({ key }) => key === '/b').length, 0);
      await tab.locator('#b').click();
      (await socketOf('/b', before)).push(page('b', ...links));
      await shows(tab, 'b');
      assert.deepEqual([path(tab), unexpected(tab), tab.documents], ['/b', [], 1]);
    });

    describe('on one socket for all pages', () => {
      const oneKey = `import { initRealtimeClient } from './src/realtime/client.ts'; initRealtimeClient();`;

      it('gets the last page, never one between under its address', async () => {
        site.usesEntry(oneKey);
        const { tab, client } = await open(...links);
        await tab.locator('#b').click();
        const b = await client.request(0);
        await tab.locator('#c').click();
        const c = await client.request(1);
        client.answer(b, page('b', ...links));
        client.push(page('b again', ...links));
        client.answer(c, page('c', ...links));
        await shows(tab, 'c');
        assert.deepEqual([path(tab), tab.documents], ['/c', 1]);
        client.push(page('c2', ...links));
        await shows(tab, 'c2');
      });

      it('stays current on the page that is shown when a way on another socket fails', async () => {
        site.usesEntry(
          `import { initRealtimeClient } from './src/realtime/client.ts';
           initRealtimeClient({ key: ({ pathname }) => (pathname === '/c' ? 'c' : 'all') });`,
        );
        const { tab, client } = await open(...links);
        await tab.locator('#b').click();
        const b = await client.request(0);
        site.refusesSockets = true;
        let release;
        const held = new Promise((go) => (release = go));
        site.elsewhere.set('/c', () => held.then(() => ({ status: 502 })));
        await tab.locator('#c').click();
        client.answer(b, page('b', ...links));
        const back = await client.request(1);
        assert.equal(back.clientUrl, `${site.url}/start`);
        client.answer(back, page('current', ...links));
        await shows(tab, 'current');
        await state(tab, 'pending'); // so it was asked for before the way failed
        release();
        await state(tab, 'failed');
        client.push(page('current still', ...links));
        await shows(tab, 'current still');
        assert.equal(path(tab), '/start');
      });

      it('is asked again for the page that is shown, after back and forward before anything came', async () => {
        site.usesEntry(oneKey);
        const { tab, client } = await open(...links);
        await tab.locator('#b').click();
        client.answer(await client.request(0), page('b', ...links));
        await shows(tab, 'b');
        await tab.goBack();
        const start = await client.request(1);
        await tab.goForward();
        const b = await client.request(2);
        assert.equal(b.clientUrl, `${site.url}/b`);
        client.answer(start, page('start', ...links));
        client.push(page('start again', ...links));
        client.answer(b, page('b2', ...links));
        await shows(tab, 'b2');
        assert.deepEqual([path(tab), await tab.locator('#hydrate-root').getAttribute('inert')], ['/b', null]);
      });

      it('shows no page of an action that was called before the way, and gives its result', async () => {
        const children = [element('$LProbe.Plain', { act: '$hact' }, 'plain'), link('/start?b')];
        const { tab, client } = await open(...children);
        await tab.locator('#plain').click();
        const called = await client.request(0);
        await tab.locator('#link').click();
        const b = await client.request(1);
        client.answer(b, page('b', ...children));
        await shows(tab, 'b');
        client.answer(called, page('a', ...children), '"done"');
        await eventually('the result', () => tab.evaluate(() => window.seen?.at(-1) === 'done on b'));
        assert.deepEqual([await shown(tab), new URL(tab.url()).search], ['b', '?b']);
      });

      it('joins for the page that came by itself meanwhile', async () => {
        site.usesEntry(oneKey);
        const { tab, client } = await open(...links);
        site.refusesSockets = true;
        client.drop();
        site.fetched = () => site.rows(page('b by itself', ...links));
        await tab.locator('#b').click();
        await shows(tab, 'b by itself');
        site.refusesSockets = false;
        await tab.evaluate(() => window.dispatchEvent(new Event('online')));
        const again = await site.client(1);
        assert.equal(again.url, `${site.url}/b`);
        again.push(page('b2', ...links));
        await shows(tab, 'b2');
        assert.equal(path(tab), '/b');
      });

      it('asks a socket for the page that came by itself while it was opened for the one before', async () => {
        site.usesEntry(oneKey);
        const { tab, client } = await open(...links);
        let release;
        site.upgradesWait = new Promise((go) => (release = go));
        client.drop();
        await eventually('a socket on its way', () => site.upgrades === 2);
        site.fetched = () => site.rows(page('b by itself', ...links));
        await tab.locator('#b').click();
        await shows(tab, 'b by itself');
        release();
        const again = await site.client(1);
        assert.equal(again.url, `${site.url}/start`);
        again.push(page('start', ...links));
        const asked = await again.request(0);
        assert.deepEqual([asked.id, asked.clientUrl], [null, `${site.url}/b`]);
        again.answer(asked, page('b2', ...links));
        await shows(tab, 'b2');
        again.push(page('b3', ...links));
        await shows(tab, 'b3');
        assert.equal(path(tab), '/b');
      });

      it('stays on the old page, which is current again, when the way fails', async () => {
        site.usesEntry(oneKey);
        const { tab, client } = await open(...links);
        await tab.locator('#b').click();
        await client.request(0);
        await site.away();
        await state(tab, 'failed');
        await site.listen();
        await tab.evaluate(() => window.dispatchEvent(new Event('online')));
        const again = await site.client(1);
        assert.equal(again.url, `${site.url}/start`);
        again.push(page('current', ...links));
        await shows(tab, 'current');
        assert.deepEqual([path(tab), again.requests], ['/start', []]);
      });
    });
  });
});
