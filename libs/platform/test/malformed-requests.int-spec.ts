import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Body, Controller, Delete, Get, Module, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AcceptsIdempotencyKey, createService, nonEmptyText } from '../src/index.js';
import { type RawAnswer, RawConnection, rawAnswer } from './raw-http.js';

/** The text that the service received. */
const stored: string[] = [];
const store = (text: string) => ({ length: stored.push(text) });

@Controller('notes')
class NoteController {
  @Post()
  @AcceptsIdempotencyKey()
  create(@Body({ schema: z.object({ text: nonEmptyText() }) }) { text }: { text: string }) {
    return store(text);
  }

  @Get()
  find(@Query({ schema: z.object({ keyword: nonEmptyText() }) }) { keyword }: { keyword: string }) {
    return store(keyword);
  }

  @Get('slow')
  async slow() {
    await nextTurn();
    return { slow: true };
  }

  @Post(':text/cancel')
  cancel(@Param('text', { schema: nonEmptyText() }) text: string) {
    return store(text);
  }

  @Delete(':text')
  remove(@Param('text', { schema: nonEmptyText() }) text: string) {
    return store(text);
  }
}

@Module({ controllers: [NoteController] })
class Notes {}

let app: NestFastifyApplication;
let url: string;
const lines: Array<Record<string, unknown>> = [];

beforeAll(async () => {
  const logTo = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  app = await createService(Notes, { name: 'notes', logLevel: 'info', logTo });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(() => app.close());
beforeEach(() => {
  stored.length = 0;
  lines.length = 0;
});

const json = 'content-type: application/json';
const request = (line: string, headers: readonly string[] = [], body = '') =>
  [`${line} HTTP/1.1`, 'host: notes', 'connection: close', ...headers, '', body].join('\r\n');
const post = (body: string, headers: readonly string[] = [json]) =>
  rawAnswer(url, request('POST /notes', [...headers, `content-length: ${body.length}`], body));

function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json']);
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, code, type: `urn:ftgo:problem:${code.toLowerCase().replaceAll('_', '-')}` });
  expect(problem['detail']).toEqual(expect.any(String));
  expect(problem['instance']).toMatch(/^\//);
  expect(answer.headers['x-trace-id']).toMatch(/^[0-9a-f]{32}$/);
  expect(problem['traceId']).toBe(answer.headers['x-trace-id']);
}

/** The number of open connections. */
const connections = () => promisify((done: (error: Error | null, count: number) => void) => app.getHttpServer().getConnections(done))();

describe('a body', () => {
  it.each([
    ['Latin-1', '{"text":"Jos\xe9"}'],
    ['an overlong encoding', '{"text":"a\xc0\xaf"}'],
    ['half a surrogate pair', '{"text":"\xed\xa0\x80"}'],
    ['a character that is cut off', '{"text":"caf\xc3"}'],
    ['UTF-16', '\xff\xfe{\0}\0'],
  ])('in %s is malformed, and nothing of it is stored', async (_what, body) => {
    expectProblem(await post(body), 400, 'MALFORMED_REQUEST');
    expect(stored).toEqual([]);
  });

  it.each(['\\ud800', '\\udc00x', '\\u0000'])('whose text has %s, which cannot be stored, is invalid', async (escape) => {
    const answer = await post(`{"text":"a${escape}"}`);
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ pointer: '/text' }] });
    expect(stored).toEqual([]);
  });

  it.each(['', '; charset=utf-8', ';charset=UTF-8', '; charset="utf-8"', '; Charset=utf8', '; charset=', '; charset=unicode-1-1-utf-8'])(
    'in UTF-8 is read under application/json%s',
    async (parameter) => {
      expect((await post('{"text":"Jos\xc3\xa9 \xf0\x9f\x8d\x9b"}', [`${json}${parameter}`])).status).toBe(200);
      expect(stored).toEqual(['José 🍛']);
    },
  );

  it('with a byte order mark is read without it', async () => {
    expect((await post('\xef\xbb\xbf{"text":"a"}')).status).toBe(200);
    expect(stored).toEqual(['a']);
  });

  it.each(['iso-8859-1', '"ISO-8859-1"', 'utf-16', 'windows-1252', 'nonsense', 'utf-8; charset=latin1'])(
    'in charset %s is an unsupported media type',
    async (charset) => {
      expectProblem(await post('{"text":"a"}', [`${json}; charset=${charset}`]), 415, 'UNSUPPORTED_MEDIA_TYPE');
      expect(stored).toEqual([]);
    },
  );

  it('in charset ASCII is read if it is ASCII', async () => {
    expect((await post('{"text":"a"}', [`${json}; charset=us-ascii`])).status).toBe(200);
    expectProblem(await post('{"text":"\xc3\xa9"}', [`${json}; charset=us-ascii`]), 400, 'MALFORMED_REQUEST');
    expect(stored).toEqual(['a']);
  });

  it.each(['gzip', 'br', 'zstd'])('compressed with %s is an unsupported media type', async (encoding) => {
    expectProblem(await post('\x1f\x8b\x08', [json, `content-encoding: ${encoding}`]), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('an empty body', () => {
  const mediaTypes = [[], ['content-type: application/x-www-form-urlencoded'], ['content-type: text/plain'], ['content-type: ?'], [json]];

  it.each(mediaTypes)('is treated as absent under %s, by its length and in chunks', async (...type) => {
    for (const [framing, body] of [
      ['content-length: 0', ''],
      ['transfer-encoding: chunked', '0\r\n\r\n'],
    ] as const) {
      expect((await rawAnswer(url, request('POST /notes/1/cancel', [...type, framing], body))).status).toBe(200);
    }
    expect(stored).toEqual(['1', '1']);
  });

  it('is treated as absent if its end arrives later', async () => {
    const connection = await RawConnection.to(url);
    const arrived = once(app.getHttpServer(), 'request');
    connection.send(request('POST /notes/1/cancel', ['transfer-encoding: chunked']));
    await arrived;
    expect((await connection.send('0\r\n\r\n').answers()).map(({ status }) => status)).toEqual([200]);
  });

  it('is not assumed if the bytes arrive later', async () => {
    const connection = await RawConnection.to(url);
    const arrived = once(app.getHttpServer(), 'request');
    connection.send(request('POST /notes', ['transfer-encoding: chunked', json]));
    await arrived;
    connection.send('c\r\n{"text":"ab"\r\n').send('1\r\n}\r\n0\r\n\r\n');
    expect((await connection.answers()).map(({ status }) => status)).toEqual([200]);
    expect(stored).toEqual(['ab']);
  });

  it.each(['content-type: text/plain', 'x-no-type: 1'])('is not assumed if there are bytes of another media type (%s)', async (type) => {
    const answer = await rawAnswer(url, request('POST /notes/1/cancel', ['transfer-encoding: chunked', type], '1\r\nx\r\n0\r\n\r\n'));
    expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
    expect(stored).toEqual([]);
  });

  it('that is cut off is not a server error', async () => {
    (await RawConnection.to(url)).send(request('POST /notes/1/cancel', ['transfer-encoding: chunked'])).halfClose();
    await expect.poll(() => lines.map(({ status }) => status)).toContain(400);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(stored).toEqual([]);
  });
});

describe('a URL', () => {
  it.each(['%ff', '%c0%af', '%ed%a0%80', 'caf%c3', '%', '%zz', 'caf\xe9', 'caf\xc3\xa9'])('with %j is malformed', async (text) => {
    expectProblem(await rawAnswer(url, request(`DELETE /notes/${text}`)), 400, 'MALFORMED_REQUEST');
    expectProblem(await rawAnswer(url, request(`GET /notes?keyword=${text}`)), 400, 'MALFORMED_REQUEST');
    expect(stored).toEqual([]);
  });

  it('with a NUL is invalid in a text parameter', async () => {
    expectProblem(await rawAnswer(url, request('DELETE /notes/a%00b')), 400, 'VALIDATION_FAILED');
    expectProblem(await rawAnswer(url, request('GET /notes?keyword=a%00b')), 400, 'VALIDATION_FAILED');
  });

  it('with percent-encoded UTF-8 is read', async () => {
    expect((await rawAnswer(url, request('DELETE /notes/caf%C3%A9'))).status).toBe(200);
    expect((await rawAnswer(url, request('GET /notes?keyword=caf%C3%A9+%25'))).status).toBe(200);
    expect(stored).toEqual(['café', 'café %']);
  });
});

describe('a header', () => {
  it.each(['\xe9', 'a b', '', 'a'.repeat(256)])('Idempotency-Key: %j is rejected', async (key) => {
    expectProblem(await post('{"text":"a"}', [json, `idempotency-key: ${key}`]), 400, 'VALIDATION_FAILED');
    expect(stored).toEqual([]);
  });

  it.each(['x-correlation-id', 'traceparent', 'tracestate', 'baggage', 'x-request-id', 'accept-version', 'expires'])(
    '%s with non-ASCII bytes does no harm',
    async (name) => {
      expect((await post('{"text":"a"}', [json, `${name}: \xe9\xff`])).status).toBe(200);
    },
  );
});

describe('a request that is not valid HTTP', () => {
  const head = 'host: notes\r\nconnection: close\r\n';

  it.each([
    ['an unknown method', `FROBNICATE /notes HTTP/1.1\r\n${head}\r\n`, 501, 'NOT_IMPLEMENTED'],
    ['CONNECT', `CONNECT notes:443 HTTP/1.1\r\n${head}\r\n`, 501, 'NOT_IMPLEMENTED'],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'MALFORMED_REQUEST'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'HTTP_VERSION_NOT_SUPPORTED'],
    ['an unknown version', `GET /notes HTTP/3.0\r\n${head}\r\n`, 505, 'HTTP_VERSION_NOT_SUPPORTED'],
    ['no version', `GET /notes\r\n${head}\r\n`, 505, 'HTTP_VERSION_NOT_SUPPORTED'],
    ['a malformed request line', 'GET\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['a header without a name', `GET /notes HTTP/1.1\r\n: x\r\n${head}\r\n`, 400, 'MALFORMED_REQUEST'],
    ['a space in a header name', `GET /notes HTTP/1.1\r\nx y: z\r\n${head}\r\n`, 400, 'MALFORMED_REQUEST'],
    ['no Host', 'GET /notes?keyword=a HTTP/1.1\r\nconnection: close\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['headers of more than 16 KiB', `GET /notes HTTP/1.1\r\n${head}x-long: ${'x'.repeat(17_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['a URL of more than 16 KiB', `GET /notes?keyword=${'x'.repeat(17_000)} HTTP/1.1\r\n${head}\r\n`, 414, 'URI_TOO_LONG'],
    ['a URL with a segment of 4,000 characters', `DELETE /notes/${'x'.repeat(4_000)} HTTP/1.1\r\n${head}\r\n`, 414, 'URI_TOO_LONG'],
    ['a Content-Length that is not a number', `POST /notes HTTP/1.1\r\n${head}content-length: x\r\n\r\n`, 400, 'MALFORMED_REQUEST'],
    ['a negative Content-Length', `POST /notes HTTP/1.1\r\n${head}content-length: -1\r\n\r\n`, 400, 'MALFORMED_REQUEST'],
    ['two lengths', `POST /notes HTTP/1.1\r\n${head}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, 400, 'MALFORMED_REQUEST'],
    [
      'a length and chunks',
      `POST /notes HTTP/1.1\r\n${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'MALFORMED_REQUEST',
    ],
    ['a broken chunk', `POST /notes HTTP/1.1\r\n${head}${json}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`, 400, 'MALFORMED_REQUEST'],
    ['an encoding that ends elsewhere', `POST /notes HTTP/1.1\r\n${head}transfer-encoding: gzip\r\n\r\n`, 400, 'MALFORMED_REQUEST'],
    [
      'an unknown transfer encoding',
      `POST /notes HTTP/1.1\r\n${head}${json}\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      501,
      'NOT_IMPLEMENTED',
    ],
    ['an expectation', `POST /notes HTTP/1.1\r\n${head}expect: a-miracle\r\ncontent-length: 0\r\n\r\n`, 417, 'EXPECTATION_FAILED'],
  ] as const)('gets a problem: %s', async (_what, text, status, code) => {
    expectProblem(await rawAnswer(url, text), status, code);
    expect(stored).toEqual([]);
    await expect.poll(() => lines.filter(({ msg }) => msg === 'request handled')).toMatchObject([{ status, outcome: code }]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each([
    ['CONNECT', `CONNECT notes:443 HTTP/1.1\r\n${head}\r\n`],
    ['a malformed request line', 'GET\r\n\r\n'],
    ['an expectation', `POST /notes HTTP/1.1\r\n${head}expect: a-miracle\r\ncontent-length: 5\r\n\r\n`],
  ])('does not end the process if its client resets the connection: %s', async (_what, text) => {
    const uncaught: unknown[] = [];
    const note = (error: unknown) => void uncaught.push(error);
    process.on('uncaughtExceptionMonitor', note);
    const before = await connections();
    const connection = await RawConnection.to(url);
    connection.pause().send(text);
    await expect.poll(() => lines.filter(({ msg }) => msg === 'request handled')).toHaveLength(1);
    connection.reset();
    await expect.poll(connections).toBe(before);
    process.off('uncaughtExceptionMonitor', note);
    expect(uncaught).toEqual([]);
  });

  it('gets a problem if its headers are cut off', async () => {
    const connection = await RawConnection.to(url);
    const [answer] = await connection.send('GET /notes HTTP/1.1\r\nhost: no').halfClose().answers();
    expectProblem(answer!, 400, 'MALFORMED_REQUEST');
  });

  it('does not replace the response to the previous request', async () => {
    const connection = await RawConnection.to(url);
    connection.send('GET /notes/slow HTTP/1.1\r\nhost: notes\r\n\r\n@@\r\n\r\n');
    const [slow, nonsense, ...others] = await connection.answers();
    expect([slow?.status, slow?.body]).toEqual([200, '{"slow":true}']);
    expectProblem(nonsense!, 400, 'MALFORMED_REQUEST');
    expect(others).toEqual([]);
  });

  it('is counted in the metrics', async () => {
    await rawAnswer(url, `FROBNICATE /notes HTTP/1.1\r\n${head}\r\n`);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      /http_server_request_duration_seconds_count\{method="_OTHER",route="none",status_code="501"\} \d/,
    );
  });

  it("keeps the caller's trace", async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const trace = `traceparent: 00-${traceId}-00f067aa0ba902b7-01`;
    const answer = await rawAnswer(url, request('POST /notes', ['expect: a-miracle', 'content-length: 0', trace]));
    expect(answer.headers['x-trace-id']).toBe(traceId);
  });
});

describe('a method that a path does not support', () => {
  it.each([
    ['PUT', '/notes', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/notes/1', 'DELETE, OPTIONS'],
    ['GET', '/notes/1/cancel/', 'OPTIONS, POST'],
    ['TRACE', '/notes', 'GET, HEAD, OPTIONS, POST'],
    ['PATCH', '/health/ready', 'GET, HEAD, OPTIONS'],
  ])('is rejected with the allowed methods: %s %s', async (method, path, allow) => {
    const answer = await rawAnswer(url, request(`${method} ${path}`, ['content-length: 0']));
    expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
    expect(answer.headers['allow']).toBe(allow);
  });

  it('excludes HEAD and OPTIONS', async () => {
    expect(await rawAnswer(url, request('HEAD /health/ready'))).toMatchObject({ status: 200, body: '' });
    expect(await rawAnswer(url, request('OPTIONS /notes/1'))).toMatchObject({ status: 204, headers: { allow: 'DELETE, OPTIONS' } });
  });

  it('gets 404 with its path if the path is unknown', async () => {
    for (const method of ['PUT', 'OPTIONS', 'TRACE']) {
      expectProblem(await rawAnswer(url, request(`${method} /nowhere`, ['content-length: 0'])), 404, 'ROUTE_NOT_FOUND');
    }
  });
});
