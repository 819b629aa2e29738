import { consumerEvents } from '@ftgo/contracts/channels';
import { TopicReplica } from '@ftgo/operations';
import { Module } from '@nestjs/common';
import { AccountEventHandlers } from './account.event-handlers.js';
import { AccountRepository } from './account.repository.js';
import { AccountingService } from './accounting.service.js';
import { AuthorizationView } from './authorization.view.js';

const replica = new TopicReplica({ name: 'owners', topic: consumerEvents.topic, gaps: () => 0 });

/** The owners of the consumers who have accounts. */
export const owners = { provide: TopicReplica, useValue: replica };

/** For the program that rebuilds it. */
@Module({ providers: [AccountRepository, AuthorizationView, AccountingService, AccountEventHandlers, owners] })
export class OwnersModule {}
