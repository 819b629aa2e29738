import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url).pathname;
const program = ['--import', './tools/swc-hooks.mjs', '--conditions=@ftgo/source', 'libs/platform/test/tracing.main.ts'];

interface Received {
  readonly path: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

describe('the traces of a process', () => {
  let collector: Server;
  let received: Received[];

  beforeEach(async () => {
    received = [];
    collector = createServer((request, response) => {
      let body = '';
      request.setEncoding('latin1').on('data', (chunk) => (body += String(chunk)));
      request.once('end', () => {
        received.push({ path: request.url, contentType: request.headers['content-type'], body });
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
  });
  afterEach(() => {
    collector.closeAllConnections();
    collector.close();
  });

  const endpoint = () => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

  const run = (environment: Record<string, string>): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, program, { cwd: root, env: { PATH: process.env['PATH'], ...environment } }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      );
    });

  it('go to the endpoint of OpenTelemetry’s own variable, as protobuf, under the name of the process', async () => {
    expect(await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint() })).toEqual({ code: 0, output: 'traced' });
    expect(received).toEqual([{ path: '/v1/traces', contentType: 'application/x-protobuf', body: expect.any(String) as string }]);
    expect(received[0]?.body).toContain('work-service');
    expect(received[0]?.body).toContain('hard work');
  });

  it('go in JSON, with another name and more resource attributes, if configured', async () => {
    const environment = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint()}/here`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_SERVICE_NAME: 'renamed',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=blue',
    };
    expect((await run(environment)).output).toBe('traced');
    expect(received).toMatchObject([{ path: '/here', contentType: 'application/json' }]);
    for (const text of ['"renamed"', '"blue"', '"hard work"']) expect(received[0]?.body).toContain(text);
  });

  it('include only what the sampler selects', async () => {
    expect((await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(), OTEL_TRACES_SAMPLER: 'always_off' })).output).toBe('not traced');
    expect(received).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['tracing is not configured', {}],
    ['the variable is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['the SDK is disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }],
    ['the exporter is none', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_EXPORTER: 'none' }],
  ])('are not recorded when %s', async (_, environment) => {
    expect(await run(environment)).toEqual({ code: 0, output: 'not traced' });
  });

  it('do not keep the process from exiting when the collector is unreachable', async () => {
    const unreachable = endpoint();
    collector.close();
    expect(await run({ OTEL_EXPORTER_OTLP_ENDPOINT: unreachable })).toEqual({ code: 0, output: 'traced' });
  });

  it('require valid variables: all problems are reported at once', async () => {
    const { code, output } = await run({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER_ARG: '3',
    });
    expect(code).toBe(1);
    expect(output).toMatch(/OTEL_EXPORTER_OTLP_ENDPOINT is invalid .*; set it to a URL such as/);
    expect(output).toMatch(/OTEL_EXPORTER_OTLP_PROTOCOL is invalid .*; set it to http\/protobuf or http\/json/);
    expect(output).toMatch(/OTEL_TRACES_SAMPLER_ARG is invalid .*; set it to a ratio from 0 to 1/);
  });
});
