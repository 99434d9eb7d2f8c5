// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { redirectOf } from './redirect.ts';

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
