/** The server answered with something that is no page of ours: a document, a redirect, an error of a proxy. */
export class NoPageError extends Error {
  override readonly name = 'NoPageError';
}
