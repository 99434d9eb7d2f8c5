import { describe, expect, it } from 'vitest';
import { ModuleLoader } from './module_loader.ts';

interface Attempt {
  readonly imports: boolean;
  readonly exists: boolean | 'nobody answers';
}

/** A server whose answers the test knows. */
function loaderWith(...attempts: Attempt[]) {
  const asked: string[] = [];
  let attempt = -1;
  const present = (): Attempt => attempts[attempt] ?? { imports: true, exists: true };
  const loader = new ModuleLoader({
    async import(url) {
      asked.push(url);
      attempt++;
      if (!present().imports) throw new TypeError('Failed to fetch dynamically imported module');
      return { Editor: () => 'editor', limit: 5 };
    },
    async exists() {
      const { exists } = present();
      if (exists === 'nobody answers') throw new TypeError('Failed to fetch');
      return exists;
    },
    wait: async () => {},
  });
  return { loader, asked };
}

const away: Attempt = { imports: false, exists: 'nobody answers' };
const broken: Attempt = { imports: false, exists: true };

describe('ModuleLoader', () => {
  it('gives each component one wrapper for ever, and other values as they are', async () => {
    const { loader } = loaderWith();
    await loader.load('/client/Editor.tsx', '/assets/Editor-1.js');
    const { Editor, limit } = loader.require('/client/Editor.tsx');
    expect(limit).toBe(5);
    expect(typeof Editor).toBe('function');
    expect(loader.require('/client/Editor.tsx')['Editor']).toBe(Editor);
  });

  it('says which module is not there', () => {
    expect(() => loaderWith().loader.require('/client/None.tsx')).toThrow('the module /client/None.tsx is not loaded');
  });

  it('tries again, under another URL, for as long as nobody answers', async () => {
    const { loader, asked } = loaderWith(...Array.from({ length: 20 }, () => away));
    await loader.load('/client/Editor.tsx', '/assets/Editor-1.js');
    expect(asked).toHaveLength(21);
    expect(new Set(asked).size).toBe(21);
    expect(asked[20]).toBe('/assets/Editor-1.js?retry=20');
  });

  it('fails at once when the server no longer has the file', async () => {
    const { loader, asked } = loaderWith({ imports: false, exists: false });
    await expect(loader.load('/client/Editor.tsx', '/assets/Editor-1.js')).rejects.toThrow(
      'the server has no /assets/Editor-1.js',
    );
    expect(asked).toHaveLength(1);
  });

  it('fails after three more attempts at a file that is there', async () => {
    const { loader, asked } = loaderWith(broken, broken, broken, broken, broken);
    await expect(loader.load('/client/Editor.tsx', '/assets/Editor-1.js')).rejects.toThrow('Failed to fetch');
    expect(asked).toHaveLength(4);
  });

  it('tells what is on its way, and whether it came', async () => {
    const { loader } = loaderWith();
    expect(loader.pending()).toBeUndefined();
    const load = loader.load('/client/Editor.tsx', '/assets/Editor-1.js');
    const pending = loader.pending();
    expect(pending).toBeDefined();
    await pending;
    await load;
    expect(loader.pending()).toBeUndefined();
  });

  it('fetches no module that the page has', async () => {
    const fetched: string[] = [];
    const loader = new ModuleLoader({
      import: (url) => Promise.resolve({ url: fetched.push(url) }),
      exists: () => Promise.resolve(true),
      wait: () => Promise.resolve(),
    });
    loader.provide('own', { name: 'here' });
    const load = loader.load('own', '/assets/own.js');
    expect(loader.pending()).toBeDefined();
    await load;
    expect([loader.require('own'), fetched]).toEqual([{ name: 'here' }, []]);
  });
});
