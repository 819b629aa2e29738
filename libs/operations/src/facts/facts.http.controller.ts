import { Transactions } from '@ftgo/messaging';
import { Allow, RespondsWith } from '@ftgo/platform';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Fact } from './fact-source.js';
import { FactSources } from './fact-sources.js';
import { aboutParam, factsQuery, factsResponse, knownFactsResponse } from './facts.dto.js';
import { MessageAudit } from './messages/message-audit.js';
import { MessageFlow } from './messages/message-flow.js';
import { flowOfMessages, messageReport } from './messages/messages.dto.js';

/** What the service knows about things that other services know too. Changes nothing. */
@ApiTags('Operations')
@Allow('operator')
@Controller('operations/facts')
export class FactsHttpController {
  constructor(
    private readonly sources: FactSources,
    private readonly transactions: Transactions,
    private readonly audit: MessageAudit,
    private readonly flow: MessageFlow,
  ) {}

  @Get()
  @RespondsWith(knownFactsResponse)
  listFacts() {
    return { about: [...new Set(this.sources.all.map(({ about }) => about))].toSorted() };
  }

  /** Reads all topics on which the service sends, and all that it handles. */
  @Get('messages')
  @RespondsWith(messageReport)
  auditMessages() {
    return this.audit.run();
  }

  @Get('flow')
  @RespondsWith(flowOfMessages)
  getMessageFlow() {
    return this.flow.read();
  }

  @Get(':about')
  @RespondsWith(factsResponse)
  async getFacts(@Param('about', { schema: aboutParam }) about: string, @Query({ schema: factsQuery }) range: z.output<typeof factsQuery>) {
    const source = this.sources.about(about);
    const facts = await this.transactions.run(async (transaction): Promise<readonly Fact[]> => {
      // One snapshot: parts of a fact that are read by several statements belong together.
      await transaction.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' });
      return source.read(range);
    });
    return { facts, next: facts.length < range.limit ? undefined : facts.at(-1)?.id };
  }
}
