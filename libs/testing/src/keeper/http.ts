import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { explain } from '@ftgo/runner/errors';

/** Serves JSON on a free port of the loopback interface. */
export async function serve(answer: (path: string) => Promise<unknown>): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    // A kept connection may be closed just as a busy worker sends its next request on it.
    response.setHeader('connection', 'close');
    answer(request.url ?? '/')
      .then((body) => response.end(JSON.stringify(body ?? {})))
      .catch((error: unknown) => {
        response.statusCode = 500;
        response.end(JSON.stringify({ error: explain(error) }));
      });
  });
  server.requestTimeout = 0; // the first download of Kafka takes a long time
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
