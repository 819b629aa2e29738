// An instance of order-service that registers itself, for the specs of discovery; run as a process. Responds with its process id.
import { discoveryFrom } from './discovery-environment.js';
import { order, startOrderService } from './order-service.fixture.js';

const server = await startOrderService(
  { getOrder: async () => ({ order: { ...order, orderId: process.pid } }) },
  { discovery: discoveryFrom(process.env) },
);
process.once('SIGTERM', () => void server.close());
process.stdout.write(`up at ${server.url}\n`);
