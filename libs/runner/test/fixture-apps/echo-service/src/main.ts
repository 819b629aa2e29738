// A stand-in for a service: serves its health and its environment, and dies on request or, if it is mute, at once.
import { createServer } from 'node:http';

if (process.env['FTGO_ECHO_TONE'] === 'mute') {
  console.log('the echo has no voice');
  process.exit(3);
}
const server = createServer((request, response) => {
  if (request.url === '/die') {
    console.log('echo stopped');
    process.exit(3);
  }
  response.end(JSON.stringify({ status: 'up', pid: process.pid, env: process.env }));
});
server.listen(Number(process.env['FTGO_HTTP_PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
