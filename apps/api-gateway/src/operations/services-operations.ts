import { caller } from '@ftgo/security';
import { Logger } from '@nestjs/common';
import { z } from 'zod';

/** The responses of the services, and those that did not respond as expected. */
export interface Gathered<Body> {
  readonly answers: ReadonlyArray<{ readonly service: string; readonly body: Body }>;
  readonly unavailable: ReadonlyArray<{ readonly service: string; readonly reason: string }>;
}

/** The operators' API of every service, read over HTTP. */
export class ServicesOperations {
  private readonly log = new Logger(ServicesOperations.name);

  constructor(
    private readonly urls: Readonly<Record<string, string>>,
    private readonly timeoutMs: number,
  ) {}

  /** GETs a resource from every service that has it. */
  async gather<Body>(resource: string, query: object, schema: z.ZodType<Body>): Promise<Gathered<Body>> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
    const path = `/operations/${resource}?${parameters.toString()}`;
    const asked = await Promise.all(
      Object.entries(this.urls).map(async ([service, url]) => ({ service, ...(await this.ask(service, `${url}${path}`, schema)) })),
    );
    return {
      answers: asked.flatMap(({ service, body }) => (body === undefined ? [] : [{ service, body }])),
      unavailable: asked.flatMap(({ service, reason }) => (reason === undefined ? [] : [{ service, reason }])),
    };
  }

  /** The body or, for clients, the reason why there is none; neither if the service does not have the resource. */
  private async ask<Body>(service: string, url: string, schema: z.ZodType<Body>): Promise<{ body?: Body; reason?: string }> {
    try {
      const response = await fetch(url, { headers: callersToken(), signal: AbortSignal.timeout(this.timeoutMs) });
      if (response.status === 404) return {};
      if (response.status !== 200) return { reason: `responded with ${response.status}` };
      return { body: schema.parse(JSON.parse(await textOf(response))) };
    } catch (error) {
      this.log.warn({ service, err: error }, 'operations of a service are unavailable');
      return {
        reason: error instanceof z.ZodError || error instanceof SyntaxError ? 'responded in an unexpected form' : 'does not respond',
      };
    }
  }
}

/** In the operator's name. */
export const callersToken = (): Record<string, string> => (caller.current ? { authorization: `Bearer ${caller.current.token}` } : {});

/** The same limit as for a gRPC response: a body without end would fill the memory until the timeout. */
const maxBodyBytes = 32 * 1024 * 1024;

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new SyntaxError(`the body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
