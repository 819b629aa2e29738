import {
  deadLetterBody,
  deadLetterExample,
  outboxBody,
  outboxExample,
  replicaBody,
  replicaExample,
  sagaBody,
  sagaExample,
} from '@ftgo/operations/representations';
import { z } from 'zod';

const service = z.string().describe('the service that owns it, to which operators send their actions');

/** The services that are missing from a response. */
const unavailable = z
  .array(z.object({ service: z.string(), reason: z.string() }))
  .readonly()
  .describe('services that did not respond as expected, each with the reason; what they would list is missing');
const unavailableExample = [{ service: 'delivery-service', reason: 'does not respond' }];

export const systemSagasResponse = z.object({ sagas: z.array(sagaBody.extend({ service })), unavailable }).meta({
  id: 'SystemSagas',
  example: { sagas: [{ ...sagaExample, service: 'order-service' }], unavailable: unavailableExample },
});

export const systemDeadLettersResponse = z.object({ deadLetters: z.array(deadLetterBody.extend({ service })), unavailable }).meta({
  id: 'SystemDeadLetters',
  example: { deadLetters: [{ ...deadLetterExample, service: deadLetterExample.group }], unavailable: [] },
});

export const systemOutboxesResponse = z.object({ outboxes: z.array(outboxBody.extend({ service })), unavailable }).meta({
  id: 'SystemOutboxes',
  example: { outboxes: [{ ...outboxExample, service: 'order-service' }], unavailable: [] },
});

export const systemReplicasResponse = z.object({ replicas: z.array(replicaBody.extend({ service })), unavailable }).meta({
  id: 'SystemReplicas',
  example: { replicas: [{ ...replicaExample, service: 'order-service' }], unavailable: [] },
});
