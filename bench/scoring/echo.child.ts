/**
 * What Node's own HTTP server and JSON cost: parses the body and sends it back.
 *
 *     node echo.cjs <port>
 */
import { createServer } from 'node:http';

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 0 ? 'null' : Buffer.concat(chunks).toString();
    const text = JSON.stringify(JSON.parse(body));
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
