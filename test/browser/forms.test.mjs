// Forms whose action is the server's, and their failures: each in a real browser against a server that does what the
// test says. They rest on what React does with a form and does not document, and fail when React changes it: it makes a
// FormData of the form before it calls the action, it resets the form by reset(), and an element knows its props.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Harness, element } from './harness.mjs';
import { eventually, isRefusedConnection, launch, online, openPage } from './support.mjs';

const page = (n, ...children) => [element('p', { id: 'page', children: String(n) }, 'page'), ...children];
const form = (id, action, ...children) =>
  element(
    'form',
    {
      id,
      action,
      children: [
        element('input', { id: `${id}-name`, name: 'name' }, 'name'),
        element('button', { id: `${id}-send`, children: 'Send' }, 'send'),
        ...children,
      ],
    },
    id,
  );
const errorText = (field) => element('$LProbe.FormErrorText', field ? { field } : {}, `error ${field}`);

describe('forms', () => {
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

  async function open(...children) {
    site.opensWith(page(0));
    const tab = await openPage(context, `${site.url}/start`);
    const client = await site.client();
    await online(tab);
    client.push(page(1, ...children));
    await shows(tab, 1);
    let n = 1;
    client.onRequest = (asked) => {
      if (asked.id === null) client.pushRows(site.rows(page(++n, ...children)));
      if (asked.id === null) client.answer(asked, page(++n, ...children));
    };
    return { tab, client };
  }
  const shows = (tab, n) =>
    eventually(`page ${n}`, async () => (await tab.locator('#page').textContent()) === String(n));
  const says = (tab, selector, text) =>
    eventually(`${selector} to say "${text}"`, async () => {
      const at = tab.locator(selector);
      return (await at.count()) === 1 && (await at.textContent()) === text;
    });
  const isBusy = (tab, id) => tab.locator(`#${id}[aria-busy="true"]`).count();
  const failure = (why, field) => ({
    status: 400,
    body:
      `10000000:E{"digest":${JSON.stringify(why)},"stack":[],"env":""}\n1:"not shown"\n` +
      `0:{"node":"$1","actionResult":"$@10000000"${field ? `,"errorField":"${field}"` : ''}}\n`,
  });
  const success = { body: '10000000:"done"\n1:"not shown"\n0:{"node":"$1","actionResult":"$10000000"}\n' };
  /** Answers posts when the test says so. */
  function held() {
    const waiting = [];
    site.posted = (post) => new Promise((answer) => waiting.push({ ...post, answer }));
    return (n) => eventually(`post ${n}`, () => waiting[n]);
  }

  it('keep the page and what was typed when the action fails, and show why', async () => {
    const { tab } = await open(form('one', '$hact', errorText()), form('two', '$hother'));
    site.posted = () => failure('act: the PIN is wrong');
    await tab.fill('#two-name', 'a draft');
    for (let times = 0; times < 3; times++) {
      await tab.fill('#one-name', `Ann ${times}`);
      await tab.evaluate(() => (window.field = document.querySelector('#one-name')));
      await tab.click('#one-send');
      await says(tab, '#one [role=alert]', 'the PIN is wrong');
      await eventually('the end', async () => (await isBusy(tab, 'one')) === 0);
      await tab.evaluate(() => new Promise((painted) => setTimeout(painted, 100)));
      assert.equal(await tab.inputValue('#one-name'), `Ann ${times}`);
      assert.equal(await tab.inputValue('#two-name'), 'a draft');
      assert.ok(await tab.evaluate(() => window.field.isConnected));
    }
    site.posted = () => success;
    await tab.click('#one-send');
    await eventually('no reason', async () => !(await tab.isVisible('#one [role=alert]')));
    await eventually('the reset', async () => (await tab.inputValue('#one-name')) === '');
    assert.equal(await tab.inputValue('#two-name'), 'a draft');
    assert.equal(site.posts.length, 4);
    assert.ok(!site.posts[0].body.includes('DURAMEN'));
    assert.deepEqual(
      tab.mistakes.filter((mistake) => !mistake.includes('status of 400')),
      [],
    );
  });

  it('show the error of a field beside it, and mark the field', async () => {
    const { tab } = await open(form('one', '$hact', errorText('name'), errorText('other'), errorText()));
    const text = (field) => tab.locator(`[data-duramen-error="${field}"]`).textContent();
    site.posted = () => failure('act: say your name', 'name');
    await tab.click('#one-send');
    await says(tab, '[data-duramen-error="name"]', 'say your name');
    assert.deepEqual([await text('other'), await text('')], ['', '']);
    assert.equal(await tab.getAttribute('#one-name', 'aria-invalid'), 'true');
    site.posted = () => failure('act: say more', 'nowhere');
    await tab.click('#one-send');
    await says(tab, '[data-duramen-error=""]', 'say more');
    assert.equal(await text('name'), '');
    assert.equal(await tab.getAttribute('#one-name', 'aria-invalid'), null);
  });

  it('show the error at their end if they have no place for it', async () => {
    const { tab } = await open(form('one', '$hact'));
    site.posted = () => failure('act: wrong');
    for (let times = 0; times < 2; times++) {
      await tab.click('#one-send');
      await says(tab, '#one > [role=alert]', 'wrong');
    }
    site.posted = () => success;
    await tab.click('#one-send');
    await eventually('no reason', async () => (await tab.locator('#one > [role=alert]').count()) === 0);
  });

  it('tell a component of the app', async () => {
    const { tab } = await open(form('one', '$hact', element('$LProbe.FormError', {}, 'error')));
    site.posted = () => failure('act: wrong', 'name');
    await tab.click('#one-send');
    await says(tab, '#error', 'failed name: wrong');
    assert.equal(await tab.locator('#one [role=alert]').count(), 0);
  });

  it('say so when the server is lost, and keep what was typed', async () => {
    const { tab } = await open(form('one', '$hact', errorText()));
    const post = held();
    await tab.fill('#one-name', 'Ann');
    await tab.click('#one-send');
    await post(0);
    await site.away();
    await says(tab, '#one [role=alert]', 'the server cannot be reached, or was lost before it answered');
    assert.equal(await tab.inputValue('#one-name'), 'Ann');
    await site.listen();
  });

  it('wait and say so while the server is away, and are sent once it is back', async () => {
    const { tab } = await open(form('one', '$hact', errorText()));
    await site.away();
    await tab.locator('html[data-duramen-connection="offline"]').waitFor({ state: 'attached' });
    await tab.fill('#one-name', 'Ann');
    await tab.click('#one-send');
    await says(tab, '#one [role=alert]', 'The server cannot be reached. This is sent as soon as it is back.');
    assert.equal(await isBusy(tab, 'one'), 1);
    const asked = new Promise((dialog) => tab.once('dialog', dialog));
    void tab.close({ runBeforeUnload: true });
    const dialog = await asked;
    assert.equal(dialog.type(), 'beforeunload');
    await dialog.dismiss();
    site.posted = () => success;
    await site.listen();
    const back = await site.client(1);
    back.onRequest = (asked) => back.answer(asked, page(9, form('one', '$hact', errorText())));
    back.requests.forEach(back.onRequest);
    await eventually('the post', () => site.posts.length === 1);
    assert.ok(site.posts[0].body.includes('Ann'));
    await eventually('the end', async () => (await isBusy(tab, 'one')) === 0);
    await eventually('no reason', async () => !(await tab.isVisible('#one [role=alert]')));
    assert.deepEqual(
      tab.mistakes.filter((mistake) => !isRefusedConnection(mistake)),
      [],
    );
  });

  it('send one submission at a time, and are busy meanwhile', async () => {
    const { tab } = await open(form('one', '$hact'));
    const post = held();
    await tab.dblclick('#one-send');
    const { answer } = await post(0);
    await tab.press('#one-name', 'Enter');
    assert.equal(await isBusy(tab, 'one'), 1);
    answer(success);
    await eventually('the end', async () => (await isBusy(tab, 'one')) === 0);
    assert.equal(site.posts.length, 1);
    await tab.click('#one-send');
    (await post(1)).answer(success);
    await eventually('the end', async () => (await isBusy(tab, 'one')) === 0);
  });

  it('hold up no other form and no call while one is sent', async () => {
    const children = [
      form('upload', '$hupload'),
      form('one', '$hact', errorText()),
      element('$LProbe.Plain', { act: '$hact' }, 'plain'),
    ];
    const { tab, client } = await open(...children);
    const post = held();
    await tab.click('#upload-send');
    const upload = await post(0);
    await tab.click('#one-send');
    const one = await post(1);
    one.answer(failure('act: wrong'));
    await says(tab, '#one [role=alert]', 'wrong');
    assert.equal(await isBusy(tab, 'one'), 0);
    await tab.click('#plain');
    const asked = await eventually('the call', () => client.requests.find(({ id }) => id === 'act'));
    client.answer(asked, page(50, ...children), '"called"');
    const seen = () => tab.evaluate(() => window.seen ?? []);
    await eventually('its end', async () => (await seen()).some((line) => line.startsWith('called')));
    await tab.fill('#one-name', 'first');
    await tab.click('#one-send');
    (await post(2)).answer(success);
    await eventually('the reset', async () => (await tab.inputValue('#one-name')) === '');
    await tab.fill('#one-name', 'second');
    upload.answer(success);
    await eventually('the end', async () => (await isBusy(tab, 'upload')) === 0);
    await tab.evaluate(() => new Promise((painted) => setTimeout(painted, 100)));
    assert.equal(await tab.inputValue('#one-name'), 'second');
  });

  it("say in the server's words what it refuses", async () => {
    const { tab } = await open(form('one', '$hact', errorText()));
    site.posted = () => ({ status: 413, type: 'text/plain; charset=utf-8', body: 'at most 64 MiB' });
    await tab.click('#one-send');
    await says(tab, '#one [role=alert]', 'at most 64 MiB');
  });

  it('leave the rest of the page alone when a component does not catch what its call throws', async () => {
    const { tab } = await open(
      element('$LProbe.OwnForm', { act: '$hact' }, 'own'),
      element('$LProbe.Counter', {}, 'counter'),
      form('two', '$hother'),
    );
    site.posted = () => failure('act: wrong');
    await tab.click('#count');
    await tab.fill('#two-name', 'a draft');
    await tab.fill('[name=own]', 'typed');
    await tab.click('#send-own');
    await says(tab, '#hydrate-root [role=alert]', 'act: wrong');
    assert.equal(await tab.locator('#count').textContent(), '1');
    assert.equal(await tab.inputValue('#two-name'), 'a draft');
    assert.equal(await tab.inputValue('[name=own]'), 'typed');
    await tab.click('#count');
    await eventually('no reason', async () => (await tab.locator('#hydrate-root [role=alert]').count()) === 0);
  });
});
