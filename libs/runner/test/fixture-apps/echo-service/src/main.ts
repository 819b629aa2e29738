// A stand-in for a service: serves its health and its environment. On request it becomes not ready, or dies; if it is mute, it dies
// immediately.
import { createServer } from 'node:http';

if (process.env['FTGO_ECHO_TONE'] === 'mute') {
  console.log('echo cannot start');
  process.exit(3);
}

let health: object = { status: 'up' };

const server = createServer((request, response) => {
  if (request.url === '/die') {
    console.log('echo stopped');
    process.exit(3);
  }
  if (request.url === '/lose-database') health = { status: 'down', parts: { database: 'cannot connect' } };
  if (request.url === '/find-database') health = { status: 'up' };
  response.end(JSON.stringify({ ...health, pid: process.pid, env: process.env }));
});
server.listen(Number(process.env['FTGO_HTTP_PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
