import type { Attributes } from '../telemetry/spans.js';
import type { Envelope } from './envelope.js';
import { spanAttributesOf } from './extensions.js';

type Described = Pick<Envelope, 'id' | 'type' | 'source' | 'subject' | 'correlationId' | 'extensions'>;

/** What a span says of a message. Attributes that are undefined are left out by the SDK. */
export const attributesOf = (message: Described, topic: string): Attributes => ({
  'messaging.destination.name': topic,
  'messaging.message.id': message.id,
  'messaging.message.conversation_id': message.correlationId,
  'cloudevents.event_id': message.id,
  'cloudevents.event_type': message.type,
  'cloudevents.event_source': message.source,
  'cloudevents.event_subject': message.subject,
  ...spanAttributesOf(message.extensions),
});
