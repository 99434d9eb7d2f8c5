// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest';
import { elementOfFragment } from './fragment.ts';

beforeAll(() => {
  globalThis.CSS ??= { escape: (text: string) => text.replace(/["\\]/g, '\\$&') } as typeof CSS; // jsdom has none
  for (const id of ['100%', '%41', 'A', 'größe', 'a b', '50%25']) {
    const element = document.createElement('p');
    element.id = id;
    document.body.append(element);
  }
  document.body.insertAdjacentHTML('beforeend', '<a name="old%"></a>');
});

describe('elementOfFragment', () => {
  it.each([
    ['#100%', '100%'],
    ['#100%25', '100%'],
    ['#%41', '%41'], // as it is, before it is decoded
    ['#%42', undefined],
    ['#gr%C3%B6%c3%9fe', 'größe'],
    ['#gr%C3', undefined],
    ['#a%20b', 'a b'],
    ['#50%25', '50%25'],
    ['#%zz', undefined],
    ['#', undefined],
    ['', undefined],
  ])('finds the place of %s', (hash, id) => {
    expect(elementOfFragment(hash)?.id).toBe(id);
  });

  it('finds an anchor by its name', () => {
    expect(elementOfFragment('#old%')?.tagName).toBe('A');
  });
});
