// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { follow, isWithinPage, redirectOf } from './redirect.ts';

test('reads where an answer leads', () => {
  expect(redirectOf({ __rw_action_response: { status: 303, headers: { location: '/login' } } })).toBe('/login');
});

test('follows to nothing but a web address', () => {
  for (const location of ['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', 'blob:x', 'http://['])
    expect(redirectOf({ __rw_action_response: { status: 303, headers: { location } } })).toBeUndefined();
});

test('takes everything else for a result', () => {
  for (const result of [undefined, null, 1, 'text', {}, { __rw_action_response: null }]) expect(redirectOf(result)).toBeUndefined();
  expect(redirectOf({ __rw_action_response: { status: 200, headers: { location: '/' } } })).toBeUndefined();
  expect(redirectOf({ __rw_action_response: { status: 303, headers: {} } })).toBeUndefined();
});

describe('follow', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(console, 'error').mockImplementation(() => {}); // jsdom says that it loads no documents
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('stays at once where the place is within the page', () => {
    const stayed = vi.fn();
    follow('#100%', stayed);
    expect(stayed).toHaveBeenCalledOnce();
    expect(window.location.hash).toBe('#100%');
    vi.advanceTimersByTime(60_000);
    expect(stayed).toHaveBeenCalledOnce();
  });

  test('says after 10 s that the page is still there, as it is when the browser saves a file', () => {
    const stayed = vi.fn();
    follow('/files/report.pdf', stayed);
    vi.advanceTimersByTime(9_999);
    expect(stayed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(stayed).toHaveBeenCalledOnce();
  });
});

test('tells a place within the page from the page itself, which is loaded again', () => {
  expect(isWithinPage('#there')).toBe(true);
  expect(isWithinPage(window.location.pathname + '#')).toBe(true);
  expect(isWithinPage(window.location.pathname)).toBe(false);
  expect(isWithinPage('/other#there')).toBe(false);
  expect(isWithinPage('https://elsewhere.example/#there')).toBe(false);
});
