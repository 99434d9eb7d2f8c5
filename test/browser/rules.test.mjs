// The rules of a page (client/src), each in a real browser against a server that does what the test says. Those that
// rest on what React does and does not document say so: they fail when React changes it.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Harness, TextServer, element } from './harness.mjs';
import { eventually, isRefusedConnection, launch, online, openPage, translate } from './support.mjs';

const page = (n, ...children) => [element('p', { id: 'page', children: String(n) }), ...children];

describe('rules', () => {
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
    site.reset();
  });

  /** Opens a document that shows page 0 with these components. */
  async function open(...children) {
    site.opensWith(page(0, ...children));
    const tab = await openPage(context, `${site.url}/start`);
    const client = await site.client();
    await online(tab);
    return { tab, client };
  }
  const shown = (tab) => tab.locator('#page').textContent();
  const shows = (tab, n) => eventually(`page ${n}`, async () => (await shown(tab)) === String(n));
  const seen = (tab) => tab.evaluate(() => window.seen ?? []);

  describe('showing a version', () => {
    it('keeps state, focus, selection, scroll, typed text and elements through pushes', async () => {
      const rest = (n) => [
        element('$LProbe.Counter', {}, 'counter'),
        element('textarea', { id: 'typed', defaultValue: `default ${n}` }, 'typed'),
        element('div', { id: 'tall', style: { height: 3000 }, children: String(n) }, 'tall'),
      ];
      const { tab, client } = await open(...rest(0));
      client.push(page(1, ...rest(1)));
      await shows(tab, 1);
      await tab.locator('#count').click();
      await tab.locator('#typed').fill('typed');
      await tab.evaluate(() => {
        const field = document.querySelector('#typed');
        field.setSelectionRange(1, 3);
        window.field = field;
        window.scrollTo(0, 500);
      });
      for (let n = 2; n < 40; n++) client.push(page(n, ...rest(n)));
      await shows(tab, 39);
      const kept = await tab.evaluate(() => {
        const field = document.querySelector('#typed');
        const { value, selectionStart, selectionEnd } = field;
        return [
          field === window.field,
          document.activeElement === field,
          value,
          selectionStart,
          selectionEnd,
          window.scrollY,
        ];
      });
      assert.deepEqual(kept, [true, true, 'typed', 1, 3, 500]);
      assert.equal(await tab.locator('#count').textContent(), '1');
      assert.deepEqual(tab.mistakes, []);
    });

    it('renders at most once a frame, the newest of what came', async () => {
      const { tab, client } = await open(element('$LProbe.Transition', { page: '0', act: '$hact' }));
      for (let n = 1; n <= 200; n++)
        client.push(page(n, element('$LProbe.Transition', { page: String(n), act: '$hact' })));
      await shows(tab, 200);
      const commits = await seen(tab);
      assert.ok(commits.length < 100, `${commits.length} commits`);
      assert.equal(commits.at(-1), '200 none idle');
    });

    it('shows pushes in a page that is not painted', async () => {
      await context.addInitScript(() => (window.requestAnimationFrame = () => 0));
      const { tab, client } = await open();
      client.push(page(1));
      await shows(tab, 1);
    });

    it('keeps the old page until the modules of the new one are there', async () => {
      const { tab, client } = await open();
      let release;
      site.held.set('Slow-', () => new Promise((go) => (release = () => go(200))));
      client.push(page(1, element('$LSlow.Slow')));
      await eventually('the request', () => release);
      assert.equal(await shown(tab), '0');
      release();
      await shows(tab, 1);
      assert.equal(await tab.locator('#slow').textContent(), 'here');
      assert.deepEqual(tab.mistakes, []);
    });

    it('loads a module again whose connection was cut, and keeps the old page meanwhile', async () => {
      const { tab, client } = await open();
      let cuts = 0;
      site.held.set('Slow-', ({ method }) => (method === 'GET' && cuts++ < 2 ? 'cut' : 200));
      client.push(page(1, element('$LSlow.Slow')));
      await eventually('two cuts', () => cuts >= 2);
      await shows(tab, 1);
      assert.equal(await tab.locator('#slow').textContent(), 'here');
    });

    it('loads the document again, once, when the server no longer has a module', async () => {
      const { tab, client } = await open();
      site.held.set('Slow-', () => 404);
      client.push(page(1, element('$LSlow.Slow')));
      const again = await site.client(1);
      await eventually('a second document', () => tab.documents === 2);
      again.push(page(2, element('$LSlow.Slow')));
      await eventually('the report', () =>
        tab.mistakes.some((mistake) => mistake.includes('the server has no /assets/Slow-')),
      );
      again.push(page(3));
      await shows(tab, 3);
      assert.equal(tab.documents, 2);
    });

    it('sets the one text of an element anew though a translator has wrapped it (React finds no text in a list)', async () => {
      const { tab, client } = await open();
      await translate(tab);
      assert.equal(await tab.locator('#page font').count(), 2);
      client.push(page(1));
      await shows(tab, 1);
      assert.deepEqual(tab.mistakes, []);
    });

    it('shows the next version after one that throws', async () => {
      const { tab, client } = await open();
      client.push(page(1, element('$LProbe.Thrower', { bad: true })));
      await tab.locator('[data-duramen-failed]').waitFor();
      client.push(page(2, element('$LProbe.Thrower', { bad: false })));
      await shows(tab, 2);
      assert.equal(await tab.locator('[data-duramen-failed]').count(), 0);
    });

    it('shows the next version after one that is no Flight', async () => {
      const { tab, client } = await open();
      client.pushRows('1:{"no\n0:{}\n');
      client.push(page(2));
      await shows(tab, 2);
    });
  });

  describe("an action's result beside the page", () => {
    const acting = (n, props = {}) =>
      page(n, element('$LProbe.Transition', { page: String(n), act: '$hact', ...props }));

    it('shows page, result and the end of pending in one commit (React holds transitions for an action)', async () => {
      const { tab, client } = await open(...acting(0).slice(1));
      await tab.locator('#act').click();
      client.answer(await client.request(), acting(1), '"done"');
      await shows(tab, 1);
      await eventually('the result', async () => (await seen(tab)).at(-1) === '1 done idle');
      assert.deepEqual(await seen(tab), ['0 none idle', '0 none pending', '1 done idle']);
    });

    it('shows a push while an action is running (React would hold it for as long)', async () => {
      const { tab, client } = await open(...acting(0).slice(1));
      await tab.locator('#act').click();
      const request = await client.request();
      client.push(acting(1));
      await shows(tab, 1);
      client.push(acting(2));
      await shows(tab, 2);
      assert.equal((await seen(tab)).at(-1), '2 none pending');
      client.answer(request, acting(3), '"done"');
      await eventually('the result', async () => (await seen(tab)).at(-1) === '3 done idle');
    });

    it('shows the page of an answer whose action goes on', async () => {
      const { tab, client } = await open(...acting(0, { twice: true }).slice(1));
      await tab.locator('#act').click();
      client.answer(await client.request(0), acting(1, { twice: true }), '"done"');
      await shows(tab, 1);
      client.answer(await client.request(1), acting(2, { twice: true }), '"again"');
      await eventually('the result', async () => (await seen(tab)).at(-1) === '2 done idle');
    });

    it('gives a plain caller its result when the page is on the screen', async () => {
      const { tab, client } = await open(element('$LProbe.Plain', { act: '$hact' }));
      await tab.locator('#plain').click();
      const request = await client.request();
      assert.deepEqual([request.id, request.args], ['act', '["plain"]']);
      client.answer(request, page(1, element('$LProbe.Plain', { act: '$hact' })), '"done"');
      await eventually('the result', async () => (await seen(tab)).length > 0);
      assert.deepEqual(await seen(tab), ['done on 1']);
    });

    it('rejects what fails: as a row, and as a frame that comes before any stream', async () => {
      const plain = element('$LProbe.Plain', { act: '$hact' });
      const { tab, client } = await open(plain);
      await tab.locator('#plain').click();
      client.answer(await client.request(0), page(1, plain), 'E{"digest":"d","stack":[],"env":""}');
      await shows(tab, 1);
      await tab.locator('#plain').click();
      client.fail(await client.request(1), 'act: drivers only');
      await eventually('two failures', async () => (await seen(tab)).length === 2);
      assert.match((await seen(tab))[0], /^Error: /);
      assert.equal((await seen(tab))[1], 'ActionError: act: drivers only');
      assert.deepEqual(tab.mistakes, []);
    });
  });

  describe('a connection', () => {
    const plain = element('$LProbe.Plain', { act: '$hact' });

    it('comes back at once and shows the page that the server sends', async () => {
      const { tab, client } = await open();
      client.drop();
      const again = await site.client(1);
      again.push(page(1));
      await shows(tab, 1);
      await online(tab);
    });

    it('says that it is away, sends what waits once, and rejects what was under way', async () => {
      const { tab, client } = await open(plain, element('$LProbe.Status'));
      await tab.locator('#plain').click();
      await client.request();
      await site.away();
      await eventually('the failure', async () => (await seen(tab)).length === 1);
      assert.equal((await seen(tab))[0], 'OutcomeUnknownError: the connection was lost while act was under way');
      await tab.waitForSelector('html[data-duramen-connection="offline"]', { state: 'attached' });
      assert.equal(await tab.locator('#status').textContent(), 'offline');
      await tab.locator('#plain').click();
      await site.listen();
      await tab.evaluate(() => window.dispatchEvent(new Event('online')));
      const again = await site.client(1);
      again.answer(await again.request(), page(1, plain), '"done"');
      await eventually('the result', async () => (await seen(tab)).at(-1) === 'done on 1');
      assert.equal(again.requests.length, 1);
      assert.deepEqual(
        tab.mistakes.filter((mistake) => !isRefusedConnection(mistake)),
        [],
      );
    });

    it('names the key and the page, and a new id for each socket', async () => {
      const { client } = await open();
      assert.equal(client.key, '/start');
      assert.equal(client.url, `${site.url}/start`);
    });
  });

  describe('client navigation', () => {
    const link = (to) => element('a', { id: 'link', href: to, children: to }, 'link');

    it("shows the new key's page and nothing that still comes by the old connection", async () => {
      const { tab, client } = await open(link('/next'));
      await tab.locator('#link').click();
      const next = await site.client(1);
      assert.deepEqual([next.key, next.url], ['/next', `${site.url}/next`]);
      client.push(page('late'));
      next.push(page(1));
      await shows(tab, 1);
      await eventually('the old socket closed', () => client.closed);
      assert.equal(new URL(tab.url()).pathname, '/next');
      assert.equal(tab.documents, 1);
    });

    it('fetches the page while no socket can be had', async () => {
      const { tab } = await open(link('/next'));
      site.refusesSockets = true;
      site.fetched = () => site.rows(page(1));
      await tab.locator('#link').click();
      await shows(tab, 1);
      assert.equal(tab.documents, 1);
    });

    it('goes back to where the old page was scrolled', async () => {
      const tall = (to) => [link(to), element('div', { style: { height: 4000 } }, 'tall')];
      const { tab } = await open(...tall('/next'));
      await tab.evaluate(() => window.scrollTo(0, 700));
      await tab.evaluate(() => document.querySelector('#link').click());
      (await site.client(1)).push(page(1, ...tall('/other')));
      await shows(tab, 1);
      await eventually('the top', () => tab.evaluate(() => window.scrollY === 0));
      await tab.goBack();
      (await site.client(2)).push(page(0, ...tall('/next')));
      await eventually('the old place', () => tab.evaluate(() => window.scrollY === 700));
      assert.equal(tab.documents, 1);
    });

    it('leaves a link within the page to the browser', async () => {
      const { tab } = await open(
        link('#there'),
        element('div', { id: 'tall', style: { height: 3000 } }, 'tall'),
        element('div', { id: 'there', style: { height: 3000 } }, 'there'),
      );
      await tab.locator('#link').click();
      await eventually('the place', () => tab.evaluate(() => window.scrollY > 2000));
      await tab.goBack();
      await eventually('the top', () => tab.evaluate(() => window.scrollY === 0));
      assert.equal(site.clients.length, 1);
      assert.deepEqual((await site.client()).requests, []);
    });

    it('leaves clicks alone that ask for another window', async () => {
      const { tab } = await open(link('/next'));
      await tab.locator('#link').click({ modifiers: ['Control'] });
      assert.equal(new URL(tab.url()).pathname, '/start');
    });

    it('goes where a component says', async () => {
      const { tab } = await open(element('$LProbe.Go', { to: '/next?x=1#there' }));
      await tab.locator('#go').click();
      const next = await site.client(1);
      assert.equal(next.url, `${site.url}/next?x=1`);
      next.push(page(1));
      await shows(tab, 1);
    });
  });

  describe('another entry script', () => {
    const link = (to) => element('a', { id: 'link', href: to, children: to }, 'link');
    const realtime = (options) =>
      `import { initRealtimeClient } from './src/realtime/client.ts'; initRealtimeClient(${options});`;

    it('with one key for all pages stays on its socket, and shows no push of the page that was left', async () => {
      site.usesEntry(realtime(''));
      const { tab, client } = await open(link('/next'));
      assert.equal(client.key, 'default');
      await tab.locator('#link').click();
      const request = await client.request();
      assert.deepEqual([request.id, request.args, request.clientUrl], [null, null, `${site.url}/next`]);
      client.push(page('late'));
      client.answer(request, page(1));
      await shows(tab, 1);
      client.push(page(2));
      await shows(tab, 2);
      assert.equal(site.clients.length, 1);
      assert.equal(tab.documents, 1);
    });

    it('may keep a response from being shown', async () => {
      site.usesEntry(realtime('{ handleResponse: ({ status }) => status < 400 }'));
      const { tab, client } = await open();
      client.pushRows(site.rows(page('refused')), 403);
      client.push(page(1));
      await shows(tab, 1);
    });

    it('without realtime asks for pages by themselves, and for a document where that is no page', async () => {
      site.usesEntry(`import { initClient } from './src/index.ts'; initClient();`);
      site.opensWith(page(0, link('/next')));
      const asked = [];
      site.fetched = (url, { method }) => {
        asked.push(`${method} ${url.pathname}${url.search}`);
        return url.pathname === '/next' ? site.rows(page(1, link('/gone'))) : undefined;
      };
      const tab = await openPage(context, `${site.url}/start`);
      await tab.locator('#link').click();
      await shows(tab, 1);
      assert.equal(tab.documents, 1);
      await tab.locator('#link').click();
      await shows(tab, 0);
      await eventually('a second document', () => tab.documents === 2);
      assert.deepEqual(asked, ['GET /next?__rsc=', 'GET /gone?__rsc=']);
      assert.equal(site.clients.length, 0);
    });
  });

  describe('typing while others edit', () => {
    it('U17: loses no keystroke of two at full speed, answers 20 to 300 ms late, and moves no caret', async () => {
      const server = new TextServer('start\n');
      const late = () => new Promise((go) => setTimeout(go, 20 + Math.random() * 280));
      const view = () => page(server.number, element('$LProbe.Text', { text: server.latest, save: '$hsave' }));
      site.opensWith(view());
      const tabs = [await openPage(context, `${site.url}/start`), await openPage(context, `${site.url}/start`)];
      const clients = [await site.client(0), await site.client(1)];
      for (const client of clients) {
        client.onRequest = async (request) => {
          await late();
          const [content, base] = JSON.parse(request.args);
          const saved = server.save(content, base);
          await late();
          // The page of an answer is never older than one that was sent before (docs/protocol.md, U14).
          client.answer(request, view(), JSON.stringify(saved));
          for (const other of clients) if (other !== client) other.push(view());
        };
      }
      const typed = ['a', 'b'].map((name) => Array.from({ length: 40 }, (_, i) => `${name}${i}.`).join(''));
      for (const [who, tab] of tabs.entries()) {
        await tab.locator('#text').focus();
        await tab.keyboard.press(who === 0 ? 'Control+Home' : 'Control+End');
        // After each key the caret must stand behind it, whatever came in between.
        await tab.evaluate(() => {
          window.wrong = [];
          const field = document.querySelector('#text');
          field.addEventListener('input', ({ data }) => (window.last = data));
          const look = () => {
            if (window.last && field.value[field.selectionStart - 1] !== window.last) window.wrong.push(field.value);
            requestAnimationFrame(look);
          };
          look();
        });
      }
      await Promise.all(tabs.map((tab, who) => tab.keyboard.type(typed[who], { delay: 15 })));
      const texts = () => Promise.all(tabs.map((tab) => tab.locator('#text').inputValue()));
      await eventually('the same text', async () => (await texts()).every((text) => text === server.latest.content));
      const end = server.latest.content;
      assert.equal(end.length, 'start\n'.length + typed.join('').length);
      assert.ok(
        typed.every((text) => end.includes(text)),
        end,
      );
      for (const tab of tabs) {
        assert.deepEqual(await tab.evaluate(() => window.wrong), []);
        await eventually('saved', async () => (await tab.locator('#saved').textContent()) === 'saved');
        assert.deepEqual(tab.mistakes, []);
      }
    });
  });

  describe('a status of what is saved', () => {
    /** A text whose saves are answered when the test says so; all that the status said. */
    async function editing() {
      const server = new TextServer('');
      const view = () => page(server.number, element('$LProbe.Text', { text: server.latest, save: '$hsave' }, 'text'));
      site.opensWith(page(0));
      const tab = await openPage(context, `${site.url}/start`);
      const client = await site.client();
      await online(tab);
      client.push(view());
      await tab.locator('#text').waitFor();
      await tab.evaluate(() => {
        window.said = [];
        const saved = document.querySelector('#saved');
        new MutationObserver(() => window.said.push(saved.textContent)).observe(saved, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      });
      const answer = (asked) => {
        const saved = server.save(...JSON.parse(asked.args));
        client.answer(asked, view(), JSON.stringify(saved));
      };
      const said = () => tab.evaluate(() => window.said);
      return { tab, client, server, answer, said };
    }
    const asks = (tab) => tab.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));

    it('says nothing of saves that take no longer than a moment', async () => {
      const { tab, client, server, answer, said } = await editing();
      client.onRequest = answer;
      await tab.locator('#text').pressSequentially('twenty keys in a row', { delay: 20 });
      await eventually('the save', () => server.latest.content === 'twenty keys in a row');
      await eventually('no question', async () => !(await asks(tab)));
      assert.deepEqual(await said(), []);
    });

    it('says once that it saves, and once that it has, and asks before the page is left meanwhile', async () => {
      const { tab, client, answer, said } = await editing();
      let slow;
      client.onRequest = (asked) => (slow = asked);
      assert.equal(await asks(tab), false);
      await tab.locator('#text').pressSequentially('slow');
      assert.equal(await asks(tab), true);
      await eventually('the word', async () => (await said()).length > 0);
      client.onRequest = answer;
      answer(slow);
      await eventually('its end', async () => (await said()).at(-1) === 'saved');
      assert.deepEqual(await said(), ['saving', 'saved']);
      assert.equal(await asks(tab), false);
    });

    it('says that the server cannot tell who this is, and saves what was typed meanwhile when it can', async () => {
      const { tab, client, server, answer, said } = await editing();
      client.onRequest = (asked) => client.fail(asked, 'save: it was not run');
      client.fail({ requestId: '00000000-0000-0000-0000-000000000000' }, 'who is it?');
      await tab.waitForSelector('html[data-duramen-connection="retrying"]', { state: 'attached' });
      await tab.locator('#text').pressSequentially('kept');
      await eventually('a refused save', () => client.requests.length > 0);
      assert.deepEqual(await said(), ['retrying']);
      client.onRequest = answer;
      await eventually('the save', () => server.latest.content === 'kept');
      await eventually('its end', async () => (await said()).at(-1) === 'saved');
      assert.equal(await tab.inputValue('#text'), 'kept');
    });
  });

  describe('typing before the page is taken over', () => {
    it("loses no keystroke, in the page's own fields and in a component's", async () => {
      let release;
      const held = new Promise((go) => (release = () => go(200)));
      site.held.set('/assets/main-', () => held);
      site.opensWith([
        ...page(0),
        element('textarea', { id: 'note', defaultValue: 'note' }),
        element('$LProbe.Fields', {
          fallback: [
            element('input', { id: 'controlled' }, '1'),
            element('textarea', { id: 'free', name: 'free', defaultValue: '' }, '2'),
          ],
        }),
      ]);
      const tab = await context.newPage();
      tab.mistakes = [];
      tab.on('pageerror', (error) => tab.mistakes.push(error.message));
      tab.on('console', (message) => message.type() === 'error' && tab.mistakes.push(message.text()));
      await tab.goto(`${site.url}/start`, { waitUntil: 'commit' });
      await tab.locator('#note').press('End');
      await tab.locator('#note').pressSequentially(' of mine');
      await tab.locator('#controlled').pressSequentially('early');
      await tab.locator('#free').pressSequentially('too');
      release();
      await tab.locator('#state').waitFor({ state: 'attached' });
      await eventually('the state', async () => (await tab.locator('#state').textContent()) === 'early');
      assert.equal(await tab.locator('#note').inputValue(), 'note of mine');
      assert.equal(await tab.locator('#free').inputValue(), 'too');
      assert.equal(await tab.evaluate(() => document.activeElement.id), 'free');
      await tab.keyboard.type(' and on');
      assert.equal(await tab.locator('#free').inputValue(), 'too and on');
      assert.deepEqual(tab.mistakes, []);
    });
  });
});
