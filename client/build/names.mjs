// The specifiers of the runtime: exactly these resolve to its files, in the runtime's own build and in every app's.

export const runtimeModules = {
  react: 'react',
  'react/jsx-runtime': 'react-jsx-runtime',
  'react-dom': 'react-dom',
  'react-dom/client': 'react-dom-client',
  'duramen/client': 'duramen-client',
};

/** Where the server serves the files; every name below it holds a hash of the content. */
export const assets = '/assets';

// What every build of ours has in common: modules that today's browsers read. The runtime holds React's production
// build, or its development build, which says what is wrong with an app and whose code one can read.
export const common = (isDevelopment) => ({
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: ['es2022', 'chrome100', 'firefox100', 'safari15.4'],
  minify: !isDevelopment,
  charset: 'utf8',
  legalComments: 'none',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': isDevelopment ? '"development"' : '"production"' },
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  write: false,
  metafile: true,
  logLevel: 'silent',
});
