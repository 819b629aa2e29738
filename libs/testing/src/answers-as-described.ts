import { channel } from 'node:diagnostics_channel';
import { afterAll, expect } from 'vitest';
import type { DescribedApi } from './described-api.js';
import type { DocumentForReaders } from './description-gaps.js';

/** The part of Fastify that is used. */
interface Server {
  addHook(name: 'onSend', hook: (request: Request, reply: Reply, payload: unknown) => Promise<unknown>): void;
  addHook(name: 'onResponse', hook: (request: Request, reply: Reply) => Promise<void>): void;
  inject(url: string): Promise<{ json(): DocumentForReaders }>;
}

interface Request {
  readonly method: string;
  readonly routeOptions: { readonly url?: string };
}

interface Reply {
  readonly statusCode: number;
  getHeader(name: string): number | string | string[] | undefined;
  getHeaders(): object;
}

const itself = '/openapi.json';
const wrong = new Set<string>();

// Fastify announces every server created in this process, so specs of apps need not register their responses.
const initialized = channel('fastify.initialization');
const isApp = expect.getState().testPath?.includes('/apps/');
const observeNew = (message: unknown): void => {
  if (isApp) observe((message as { fastify: Server }).fastify);
};
initialized.subscribe(observeNew);
afterAll(() => {
  initialized.unsubscribe(observeNew);
});

afterAll(() => expect([...wrong], '/openapi.json has gaps, or responses do not match it').toEqual([]));

function observe(server: Server): void {
  const sent = new WeakMap<Reply, { readonly payload: unknown; readonly test: string | undefined }>();
  let api: Promise<DescribedApi> | undefined;
  const read = async () => {
    const [{ DescribedApi }, { gapsIn }] = await Promise.all([import('./described-api.js'), import('./description-gaps.js')]);
    const document = (await server.inject(itself)).json();
    for (const gap of gapsIn(document)) wrong.add(gap);
    return new DescribedApi(document);
  };
  server.addHook('onSend', async (request, reply, payload) => {
    if (request.routeOptions.url === itself) return payload;
    await (api ??= read());
    sent.set(reply, { payload, test: expect.getState().currentTestName });
    return payload;
  });
  // Later hooks may still change the status that is sent.
  server.addHook('onResponse', async (request, reply) => {
    const answer = sent.get(reply);
    const route = { method: request.method, path: (request.routeOptions.url ?? '').replaceAll(/:(\w+)/g, '{$1}') };
    if (!answer || !(await api)?.describes(route)) return;
    const { payload, test } = answer;
    const { statusCode: status } = reply;
    const contentType = String(reply.getHeader('content-type') ?? '');
    const body = contentType.includes('json') ? (JSON.parse(String(payload)) as unknown) : payload;
    const described = (await api)!;
    const problems = [
      ...described.wrongInAnswer(route, { status, contentType, body }),
      ...described.undescribedHeaders(route, status, Object.keys(reply.getHeaders())),
    ];
    for (const problem of problems) wrong.add(`${route.method} ${route.path}: ${problem} (${test ?? 'outside of tests'})`);
  });
}
