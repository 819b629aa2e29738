import { consumerEvents } from '@ftgo/contracts/channels';
import { TopicReplica } from '@ftgo/operations';
import { Module } from '@nestjs/common';
import { ConsumerEventHandlers } from './consumer.event-handlers.js';

const owners = new TopicReplica({ name: 'owners', topic: consumerEvents.topic, gaps: () => 0 });

/** The owners of the consumers who place orders. */
@Module({ providers: [ConsumerEventHandlers, { provide: TopicReplica, useValue: owners }] })
export class ConsumerModule {}
