// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hideKeptPage } from './kept_page.ts';

/** Of each test its own: the listeners of earlier ones stay on the window. */
class FakeTransport {
  readonly resumed: (() => void)[] = [];
  rests = 0;
  rest(): void {
    this.rests++;
  }
  resume(): Promise<void> {
    return new Promise((done) => void this.resumed.push(done));
  }
}
let transport: FakeTransport;
let root: HTMLElement;

const pageshow = (persisted: boolean) =>
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }) as PageTransitionEvent);
const isShown = () => root.style.getPropertyValue('display') === '';
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

beforeEach(() => {
  transport = new FakeTransport();
  vi.stubGlobal('scrollTo', () => {});
  root = document.createElement('div');
});
afterEach(() => {
  document.head.replaceChildren();
  vi.unstubAllGlobals();
});

describe('hideKeptPage', () => {
  it('hides the page of an app with sessions until the server has answered again', async () => {
    document.head.innerHTML = '<meta name="duramen-session" content=""/>';
    hideKeptPage(root, transport);
    pageshow(false); // the first time
    expect(isShown()).toBe(true);
    window.dispatchEvent(new Event('pagehide'));
    expect([isShown(), transport.rests]).toEqual([false, 1]);
    expect(root.style.getPropertyPriority('display')).toBe('important');
    pageshow(true);
    await soon();
    expect(isShown()).toBe(false);
    transport.resumed[0]?.();
    await soon();
    expect(isShown()).toBe(true);
  });

  it('stays hidden when an answer comes after the page was left again', async () => {
    document.head.innerHTML = '<meta name="duramen-session" content=""/>';
    hideKeptPage(root, transport);
    window.dispatchEvent(new Event('pagehide'));
    pageshow(true);
    window.dispatchEvent(new Event('pagehide'));
    transport.resumed[0]?.();
    await soon();
    expect(isShown()).toBe(false);
    pageshow(true);
    transport.resumed[1]?.();
    await soon();
    expect(isShown()).toBe(true);
  });

  it('leaves the page of an app without sessions alone', () => {
    hideKeptPage(root, transport);
    window.dispatchEvent(new Event('pagehide'));
    expect([isShown(), transport.rests]).toEqual([true, 0]);
  });
});
