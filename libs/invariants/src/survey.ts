import { consumerFindings } from './checks/consumers.js';
import { deadLetterFindings, deferredCount, messageFindings } from './checks/messages.js';
import { orderFindings, workOn } from './checks/orders.js';
import { restaurantFindings } from './checks/restaurants.js';
import type { AboutMessages } from './facts.js';
import { counted, type Finding, type InFlight } from './finding.js';
import { type FactsOf, type HttpSystem, type Range, ServiceUnknown, type Things } from './system.js';

/** Something that can be rechecked. */
export interface Subject {
  /** Reads the topics: not to be repeated often. */
  readonly isExpensive: boolean;
  look(): Promise<readonly Finding[]>;
}

/** A subject, and what is wrong with it. */
export interface Looked {
  readonly subject: Subject;
  readonly findings: readonly Finding[];
}

/** How much was compared. */
export interface Counts {
  orders: number;
  consumers: number;
  replicas: number;
  /** Messages in outboxes, and those that are in their topic more than once. */
  sent: number;
  repeated: number;
  received: number;
  deadLetters: number;
}

const end = Number.MAX_SAFE_INTEGER;

const isOrAre = (number: number): string => (number === 1 ? 'is' : 'are');

/** The service that assigns the ids. */
const ownerOf = { orders: 'order-service', consumers: 'consumer-service', restaurants: 'restaurant-service' } as const;

/** Facts about one thing, by the service that knows them. */
type ByService<Of extends Things> = ReadonlyMap<string, FactsOf[Of]>;

/** Reads and compares the facts of a system, in windows of ids, so that it needs little memory however many orders there are. */
export class Survey {
  readonly counts: Counts = { orders: 0, consumers: 0, replicas: 0, sent: 0, repeated: 0, received: 0, deadLetters: 0 };
  readonly inFlight: InFlight[] = [];
  /** What was left out, and why. */
  readonly notes: string[] = [];
  /** Why the facts of a service are unknown. */
  readonly unknown = new Map<string, string>();
  private readonly about = new Map<string, readonly string[]>();
  private readonly consumers = new Set<number>();

  constructor(private readonly system: HttpSystem) {}

  /** Everything; returns what is wrong at the time of reading. */
  async take(): Promise<Looked[]> {
    await Promise.all(
      this.system.services.map(async (service) => {
        const about = await this.ask(service, () => this.system.about(service));
        if (about) this.about.set(service, about);
      }),
    );
    return [
      ...(await this.takeAll('consumers', (id, byService) => this.consumer(id, byService))),
      ...(await this.takeAll('orders', (id, byService) => this.order(id, byService, true))),
      ...(await this.takeAll('restaurants', (id, byService) => this.restaurant(id, byService))),
      ...(await this.takeMessages()),
    ];
  }

  /** The services that serve facts about these things. */
  serving(things: Things): string[] {
    return [...this.about].filter(([service, about]) => about.includes(things) && !this.unknown.has(service)).map(([service]) => service);
  }

  private async takeAll<Of extends Things>(
    things: Of,
    find: (id: number, byService: ByService<Of>) => readonly Finding[],
  ): Promise<Looked[]> {
    const looked: Looked[] = [];
    for await (const window of this.windows(things)) {
      for (const [id, byService] of window) {
        const findings = find(id, byService);
        const look = async () => find(id, (await this.read(things, { after: id - 1, until: id })).get(id) ?? new Map());
        if (findings.length > 0) looked.push({ subject: { isExpensive: false, look }, findings });
        this.count(things, byService);
      }
    }
    return looked;
  }

  private count(things: Things, byService: ReadonlyMap<string, unknown>): void {
    if (things === 'restaurants') this.counts.replicas += this.serving(things).length - 1;
    else if (byService.has(ownerOf[things])) this.counts[things]++;
  }

  /** The owner's pages, each with what the others know of the same ids. */
  private async *windows<Of extends Things>(things: Of): AsyncGenerator<Map<number, Map<string, FactsOf[Of]>>> {
    const owner = ownerOf[things];
    for (let after = 0; after < end && this.serving(things).includes(owner); ) {
      const page = await this.ask(owner, () => this.system.page(owner, things, { after, until: end }));
      if (!page) return;
      const until = page.next ?? end;
      yield await this.read(things, { after, until }, new Map([[owner, page.facts]]));
      after = until;
    }
  }

  private async read<Of extends Things>(
    things: Of,
    range: Range,
    known: ReadonlyMap<string, ReadonlyArray<FactsOf[Of]>> = new Map(),
  ): Promise<Map<number, Map<string, FactsOf[Of]>>> {
    const answers = await Promise.all(
      this.serving(things).map(async (service) => {
        const facts = known.get(service) ?? (await this.ask(service, () => this.system.all(service, things, range)));
        return [service, facts ?? []] as const;
      }),
    );
    const byId = new Map<number, Map<string, FactsOf[Of]>>();
    for (const [service, facts] of answers)
      for (const fact of facts) byId.set(fact.id, (byId.get(fact.id) ?? new Map<string, FactsOf[Of]>()).set(service, fact));
    return byId;
  }

  private order(id: number, byService: ByService<'orders'>, isFirst = false): readonly Finding[] {
    const fact = Object.assign({ id }, ...byService.values()) as FactsOf['orders'];
    const known = { services: new Set(this.serving('orders')), isConsumer: (consumer: number) => this.consumers.has(consumer) };
    const findings = orderFindings(fact, known);
    const work = isFirst && findings.length === 0 ? workOn(fact) : undefined;
    if (work) this.inFlight.push(work);
    return findings;
  }

  private consumer(id: number, byService: ByService<'consumers'>): readonly Finding[] {
    const fact = Object.assign({ id }, ...byService.values()) as FactsOf['consumers'];
    if (fact.consumer) this.consumers.add(id);
    return this.serving('consumers').includes('accounting-service') ? consumerFindings(fact) : [];
  }

  private restaurant(id: number, byService: ByService<'restaurants'>): readonly Finding[] {
    const replicas = this.serving('restaurants').filter((service) => service !== ownerOf.restaurants);
    return restaurantFindings({ id, byService }, replicas);
  }

  private async takeMessages(): Promise<Looked[]> {
    const looked = await Promise.all(
      [...this.about.keys()].map(async (service) => {
        const messages = { isExpensive: true, look: () => this.messages(service) };
        const deadLetters = { isExpensive: false, look: () => this.deadLetters(service) };
        const found = await this.ask(service, () => this.system.messages(service));
        if (found) this.noteMessages(service, found);
        const letters = (await this.ask(service, () => this.system.deadLetters(service))) ?? [];
        this.counts.deadLetters += letters.length;
        const deferred = deferredCount(letters);
        if (deferred > 0) this.inFlight.push({ about: service, what: `${counted(deferred, 'command')} ${isOrAre(deferred)} deferred` });
        return [
          { subject: messages, findings: found ? messageFindings(service, found) : [] },
          { subject: deadLetters, findings: deadLetterFindings(service, letters) },
        ];
      }),
    );
    return looked.flat().filter(({ findings }) => findings.length > 0);
  }

  private noteMessages(service: string, { sent, received, problems, problemCount }: AboutMessages): void {
    this.counts.sent += sent.compared;
    this.counts.repeated += sent.repeated;
    this.counts.received += received;
    const { waiting } = sent;
    if (waiting > 0) this.inFlight.push({ about: service, what: `${counted(waiting, 'message')} ${isOrAre(waiting)} not published yet` });
    if (sent.compared < sent.retained)
      this.notes.push(`${service}: only the newest ${sent.compared} of ${sent.retained} messages in the outbox were compared`);
    const more = problemCount - problems.length;
    if (more > 0) this.notes.push(`${service}: ${counted(more, 'more problem')} with messages ${isOrAre(more)} not listed`);
  }

  private async messages(service: string): Promise<readonly Finding[]> {
    const found = await this.ask(service, () => this.system.messages(service));
    return found ? messageFindings(service, found) : [];
  }

  private async deadLetters(service: string): Promise<readonly Finding[]> {
    return deadLetterFindings(service, (await this.ask(service, () => this.system.deadLetters(service))) ?? []);
  }

  /** Undefined, and noted, if the service does not respond. */
  private async ask<Answer>(service: string, question: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof ServiceUnknown)) throw error;
      this.unknown.set(service, error.message);
      return undefined;
    }
  }
}
