/** Calls a function of the server: what React's Flight client makes of a server reference that is called. */
export type CallServer = (id: string, args: readonly unknown[]) => Promise<unknown>;
