import type { z } from 'zod';
import {
  type AboutConsumer,
  type AboutMessages,
  type AboutOrder,
  type AboutRestaurant,
  aboutConsumer,
  aboutMessages,
  aboutOrder,
  aboutRestaurant,
  knownFacts,
  type MessageFlow,
  messageFlow,
  openDeadLetters,
  pageOf,
} from './facts.js';

/** Ids after `after` up to `until`. */
export interface Range {
  readonly after: number;
  readonly until: number;
}

const factsOf = { orders: aboutOrder, consumers: aboutConsumer, restaurants: aboutRestaurant } as const;

export interface FactsOf {
  orders: AboutOrder;
  consumers: AboutConsumer;
  restaurants: AboutRestaurant;
}
export type Things = keyof FactsOf;

export interface Page<Fact> {
  readonly facts: readonly Fact[];
  /** The last id of the page, if there may be more. */
  readonly next?: number | undefined;
}

export interface HttpSystemOptions {
  /** The HTTP URL of each service with facts, by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** How long a page may take, in ms; reading the topics may take ten times as long. */
  readonly timeoutMs?: number;
  /** Headers of each request, such as the access token of an operator. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** Why a service's facts are unknown. */
export class ServiceUnknown extends Error {
  constructor(
    readonly service: string,
    reason: string,
    cause?: unknown,
  ) {
    super(`${service}: ${reason}`, { cause });
  }
}

const pageSize = 500;
/** Accounts are rebuilt from all their events. */
const smallPageSize = 50;

/** The services of a system, through `/operations` of each; nothing else of them is used. Every method throws ServiceUnknown. */
export class HttpSystem {
  private readonly timeoutMs: number;

  constructor(private readonly options: HttpSystemOptions) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
  }

  get services(): readonly string[] {
    return Object.keys(this.options.urls);
  }

  /** What a service has facts about. */
  async about(service: string): Promise<readonly string[]> {
    return (await this.get(service, 'facts', knownFacts)).about;
  }

  /** A page of facts, each of them as of one moment. */
  page<Of extends Things>(service: string, things: Of, { after, until }: Range): Promise<Page<FactsOf[Of]>> {
    const limit = things === 'consumers' ? smallPageSize : pageSize;
    const query = new URLSearchParams({ after: String(after), until: String(until), limit: String(limit) });
    return this.get(service, `facts/${things}?${query.toString()}`, pageOf(factsOf[things])) as Promise<Page<FactsOf[Of]>>;
  }

  /** All facts of a range. */
  async all<Of extends Things>(service: string, things: Of, { after, until }: Range): Promise<Array<FactsOf[Of]>> {
    const facts: Array<FactsOf[Of]> = [];
    for (let from: number | undefined = after; from !== undefined && from < until; ) {
      const page: Page<FactsOf[Of]> = await this.page(service, things, { after: from, until });
      facts.push(...page.facts);
      from = page.next;
    }
    return facts;
  }

  /** What a service finds when it compares its outbox and inbox with its topics. */
  messages(service: string): Promise<AboutMessages> {
    return this.get(service, 'facts/messages', aboutMessages, this.timeoutMs * 10);
  }

  flow(service: string): Promise<MessageFlow> {
    return this.get(service, 'facts/flow', messageFlow);
  }

  async deadLetters(service: string): Promise<z.infer<typeof openDeadLetters>['deadLetters']> {
    return (await this.get(service, 'dead-letters?limit=1000', openDeadLetters)).deadLetters;
  }

  private async get<Schema extends z.ZodType>(
    service: string,
    path: string,
    schema: Schema,
    timeoutMs = this.timeoutMs,
  ): Promise<z.output<Schema>> {
    const body = await this.fetched(service, path, timeoutMs);
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new ServiceUnknown(service, `unexpected response to ${path}: ${issue?.path.join('.')} ${issue?.message}`, parsed.error);
  }

  private async fetched(service: string, path: string, timeoutMs: number): Promise<unknown> {
    try {
      const response = await fetch(`${this.options.urls[service]}/operations/${path}`, {
        headers: this.options.headers?.() ?? {},
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.ok) return await response.json();
      throw new ServiceUnknown(service, `returned HTTP ${response.status} for ${path}`);
    } catch (error) {
      throw error instanceof ServiceUnknown ? error : new ServiceUnknown(service, `does not respond: ${reasonOf(error)}`, error);
    }
  }
}

function reasonOf(error: unknown): string {
  const { cause, message, code } = error as { cause?: unknown; message?: string; code?: string };
  return cause ? reasonOf(cause) : message || code || String(error);
}
