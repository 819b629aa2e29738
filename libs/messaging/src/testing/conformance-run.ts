import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Broker, SubscribeOptions, Subscription } from '../broker/index.js';
import type { ConformanceFixture } from './fixture.js';
import { uniqueName } from './records.js';

/** The adapter under test, for the tests of one describe: each test has its own clients, topic and group. */
export class ConformanceRun {
  fixture!: ConformanceFixture;
  /** The client of the test; `client()` creates others. */
  broker!: Broker;
  topic = '';
  group = '';
  private clients: Broker[] = [];

  client(): Broker {
    const made = this.fixture.client();
    this.clients.push(made);
    return made;
  }

  async newTopic(partitions = 6): Promise<void> {
    this.topic = uniqueName('topic');
    this.group = uniqueName('group');
    this.broker = this.client();
    await this.broker.ensureTopics([{ topic: this.topic, partitions }]);
  }

  subscribe(handler: SubscribeOptions['handler'], options: Partial<SubscribeOptions> & { by?: Broker } = {}): Promise<Subscription> {
    return (options.by ?? this.broker).subscribe({ group: this.group, topics: [this.topic], handler, ...options });
  }

  async closeClients(): Promise<void> {
    await Promise.all(this.clients.map((made) => made.close()));
    this.clients = [];
  }
}

/** Opens the adapter for the enclosing describe. */
export function conformanceRun(open: () => Promise<ConformanceFixture>): ConformanceRun {
  const run = new ConformanceRun();
  beforeAll(async () => {
    run.fixture = await open();
  });
  afterEach(() => run.closeClients());
  afterAll(() => run.fixture?.end?.());
  return run;
}
