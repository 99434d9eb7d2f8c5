// React's Flight client brings no types. Here is what we use of it.

declare module 'react-server-dom-webpack/client.browser' {
  /** All that `createFromReadableStream` asks of its stream. */
  export interface Feed {
    getReader(): {
      read(): { then(next: (piece: Piece) => unknown, failed?: Failed): { catch(failed: Failed): unknown } };
    };
  }
  export type Piece =
    | { readonly done: false; readonly value: Uint8Array }
    | { readonly done: true; readonly value?: undefined };
  type Failed = (error: unknown) => unknown;

  export interface Options {
    callServer(id: string, args: readonly unknown[]): Promise<unknown>;
  }
  export function createFromReadableStream(stream: Feed, options: Options): PromiseLike<unknown>;
  export function encodeReply(value: readonly unknown[]): Promise<string | FormData>;
}
