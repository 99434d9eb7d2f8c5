// ws of npm as the server of the suite, by the same rules as ours there: it echoes binary messages of up to 70,000 bytes
// and takes no text. Prints its address, and ends with its input.

import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../client/package.json', import.meta.url));
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  maxPayload: 70_000,
  perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: Infinity },
});
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => (isBinary ? socket.send(data) : socket.close(1003)));
  socket.on('error', () => {}); // a mistake of the client's, which ws answers
});
server.on('listening', () => console.log(`127.0.0.1:${server.address().port}`));
process.stdin.resume().on('end', () => process.exit());
