import { type OutgoingRecord } from '@ftgo/messaging/broker';
import { type OwnPostgres, type TestDatabase, testDatabase, uniqueName } from '@ftgo/testing';
import { Client } from 'pg';
import { type PostgresBroker, type PostgresBrokerOptions, postgresBroker } from '../src/index.js';

export const record = (topic: string, key: string, value: string | Buffer): OutgoingRecord => ({
  topic,
  key: Buffer.from(key),
  value: Buffer.from(value),
  headers: [],
});

/** A database that only the brokers of a spec use. */
export class OwnBroker {
  private readonly clients: PostgresBroker[] = [];

  private constructor(readonly database: TestDatabase) {}

  static async open(server?: OwnPostgres): Promise<OwnBroker> {
    return new OwnBroker(await testDatabase(server ? { server } : {}));
  }

  client(options: Partial<PostgresBrokerOptions> = {}): PostgresBroker {
    const broker = postgresBroker({ url: this.database.url, clientId: uniqueName('client'), drainTimeoutMs: 200, ...options });
    this.clients.push(broker);
    return broker;
  }

  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.database.url });
    await client.connect();
    try {
      const { rows } = await client.query(text, values);
      return rows as Row[];
    } finally {
      await client.end();
    }
  }

  async closeClients(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((broker) => broker.close()));
  }

  async end(): Promise<void> {
    await this.closeClients();
    await this.database.drop();
  }
}
