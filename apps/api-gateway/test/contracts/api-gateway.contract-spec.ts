import { AccountingServiceApi } from '@ftgo/contracts/accounting';
import { ConsumerMessage, ConsumerServiceApi } from '@ftgo/contracts/consumer';
import { CourierMessage, DeliveryMessage, DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { grpcExamples, type RestExample, restExamples, sampleOf } from '@ftgo/contracts/examples';
import { KitchenServiceApi, TicketMessage } from '@ftgo/contracts/kitchen';
import { OrderServiceApi } from '@ftgo/contracts/order';
import { OrderHistoryServiceApi } from '@ftgo/contracts/orderhistory';
import { RestaurantMessage, RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { memoryBroker } from '@ftgo/messaging/broker';
import { createService, type NestFastifyApplication } from '@ftgo/platform';
import { restaurantJson } from '@ftgo/rest/restaurant';
import { fromProtobuf, isSameInProtobuf } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../src/app.module.js';
import { courierJson } from '../../src/deliveries/courier.http.dto.js';
import { deliveryJson } from '../../src/deliveries/delivery.http.dto.js';
import { ticketJson } from '../../src/tickets/ticket.http.dto.js';
import { PlayedServices } from './played-services.js';

const protobuf = {
  '/consumers/': fromProtobuf(ConsumerMessage, (consumer) => consumer),
  '/restaurants/': fromProtobuf(RestaurantMessage, restaurantJson),
  '/tickets/': fromProtobuf(TicketMessage, ticketJson),
  '/deliveries/': fromProtobuf(DeliveryMessage, deliveryJson),
  '/couriers/': fromProtobuf(CourierMessage, courierJson),
};

/**
 * The gateway is both provider and consumer: it must give its clients what they rely on, given what its own examples say
 * about the services. The services are verified against the same examples.
 */
describe('api-gateway', () => {
  const services = new PlayedServices();
  let app: NestFastifyApplication;

  beforeAll(async () => {
    await services.start();
    const config = {
      httpPort: 0,
      httpHost: '127.0.0.1',
      orderGrpcUrl: services.url(OrderServiceApi),
      consumerGrpcUrl: services.url(ConsumerServiceApi),
      restaurantGrpcUrl: services.url(RestaurantServiceApi),
      kitchenGrpcUrl: services.url(KitchenServiceApi),
      deliveryGrpcUrl: services.url(DeliveryServiceApi),
      accountingGrpcUrl: services.url(AccountingServiceApi),
      orderHistoryGrpcUrl: services.url(OrderHistoryServiceApi),
      serviceUrls: {},
      callDeadlineMs: 5_000,
      optionalPartDeadlineMs: 5_000,
      trackingMaxConnections: 10,
      graphqlExplorer: false,
    };
    const module = AppModule.forRoot({ ...config, logLevel: 'silent' }, memoryBroker());
    app = await createService(module, { name: 'api-gateway', logLevel: 'silent' });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app?.close();
    await services.close();
  });

  const mine = restExamples.filter(({ provider }) => provider === 'api-gateway');

  it.each(mine.map((example) => [`${example.consumer}: ${example.name}`, example] as const))('%s', async (_, example) => {
    services.unexpected.splice(0);
    await answers(example);
    expect(services.unexpected).toEqual([]);
  });

  it('has sent every request to the services that its examples contain', () => {
    const unasked = grpcExamples.filter((example) => example.consumer === 'api-gateway' && !services.asked.has(example));
    expect(unasked.map(({ method, name }) => `${method}, ${name}`)).toEqual([]);
  });

  async function answers(example: RestExample): Promise<void> {
    const { method, path, body } = example.ask(example.ids);
    const headers = { 'content-type': 'application/json; charset=UTF-8' };
    const response = await app.inject({ method, url: path, ...(body && { payload: JSON.stringify(sampleOf(body)), headers }) });
    const expected = example.answer(example.ids);
    expect([response.statusCode, response.body], response.body).toEqual([expected.status, expect.anything()]);
    if (!expected.body) return;
    expect(response.json()).toMatchObject(expected.body);
    if (method === 'GET' && expected.status === 200) await isSameInProtobuf(app, { path, json: response.json() }, protobuf);
  }
});
