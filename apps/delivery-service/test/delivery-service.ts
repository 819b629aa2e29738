import { DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { DatabaseRelay } from '@ftgo/outbox-relay';
import { createService, Database } from '@ftgo/platform';
import { GrpcServer } from '@ftgo/rpc';
import { eventually, startKafka } from '@ftgo/testing';
import { Logger } from '@nestjs/common';
import { expect } from 'vitest';
import { AppModule, service } from '../src/app.module.js';
import { deliveryDatabase } from './delivery.database.js';
import { OtherServices } from './other-services.js';

export interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: Record<string, unknown>;
}

/** delivery-service in this process, with a database, a Kafka and a relay of its own; the other services are played. */
export interface DeliveryServiceUnderTest {
  readonly grpcUrl: string;
  readonly database: Database;
  readonly others: OtherServices;
  get(path: string): Promise<Answer>;
  post(path: string, body: object | string, contentType?: string): Promise<Answer>;
  close(): Promise<void>;
}

export async function startDeliveryService(): Promise<DeliveryServiceUnderTest> {
  const [kafka, testDatabase] = await Promise.all([startKafka(), deliveryDatabase()]);
  const others = await OtherServices.open(kafka.brokers);
  const module = AppModule.forRoot({
    httpPort: 0,
    httpHost: '127.0.0.1',
    logLevel: 'error',
    grpcPort: 0,
    databaseUrl: testDatabase.url,
    kafkaBrokers: [kafka.brokers],
  });
  const app = await createService(module, { name: service, logLevel: 'error' });
  const grpc = new GrpcServer({ services: [DeliveryServiceApi], port: 0 });
  app.connectMicroservice({ strategy: grpc });
  await app.startAllMicroservices();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const relayBroker = kafkaBroker({ brokers: [kafka.brokers], clientId: 'outbox-relay' });
  const relay = new DatabaseRelay({ url: testDatabase.relayUrl, broker: relayBroker, logger: new Logger('Relay') });
  relay.start();

  const url = await app.getUrl();
  const call = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    return { status: response.status, contentType, body: (contentType?.includes('json') ? JSON.parse(text) : { text }) as Answer['body'] };
  };
  await eventually(async () => expect((await call('/health/ready')).body).toMatchObject({ status: 'up' }));

  return {
    grpcUrl: `127.0.0.1:${grpc.port}`,
    database: app.get(Database),
    others,
    get: (path) => call(path),
    post: (path, body, contentType = 'application/json; charset=UTF-8') =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: async () => {
      await app.close();
      await relay.stop();
      await relayBroker.close();
      await others.close();
      await testDatabase.drop();
      await kafka.kill();
    },
  };
}
