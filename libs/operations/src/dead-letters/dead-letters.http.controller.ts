import {
  type DeadLetter,
  DeadLetterActions,
  type DeadLetterFilter,
  DeadLetterNotFound,
  DeadLetterReader,
  deadLetterSubject,
  OperatorActions,
} from '@ftgo/messaging/operations';
import { MessagingRuntime } from '@ftgo/messaging-nest';
import { Allow, RespondsWith } from '@ftgo/platform';
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ActsGuard } from '../acts.guard.js';
import { type ActRequest, actRequest, operatorOf } from '../operator.js';
import {
  deadLetterId,
  deadLetterResponse,
  deadLettersOfServiceQuery,
  deadLettersResponse,
  redriveRequest,
  redriveResponse,
} from './dead-letters.dto.js';

@ApiTags('Operations')
@Allow('operator')
@UseGuards(ActsGuard)
@Controller('operations/dead-letters')
export class DeadLettersHttpController {
  constructor(
    private readonly reader: DeadLetterReader,
    private readonly acts: DeadLetterActions,
    private readonly actions: OperatorActions,
    private readonly messaging: MessagingRuntime,
  ) {}

  @Get()
  @RespondsWith(deadLettersResponse)
  async listDeadLetters(@Query({ schema: deadLettersOfServiceQuery }) query: z.output<typeof deadLettersOfServiceQuery>) {
    return { deadLetters: (await this.reader.list(filterOf(query))).map(shown) };
  }

  @Get(':id')
  @RespondsWith(deadLetterResponse)
  async getDeadLetter(@Param('id', { schema: deadLetterId }) id: string) {
    const found = await this.reader.find(id);
    if (!found) throw new DeadLetterNotFound(id);
    const { payload, ...letter } = found;
    const actions = await this.actions.list({ subject: deadLetterSubject(id) });
    return {
      ...shown(letter),
      payload: payload.toString('base64'),
      actions: actions.map((each) => ({ ...each, at: each.at.toISOString() })),
    };
  }

  @Post('redrive')
  @RespondsWith(redriveResponse)
  async redriveDeadLetters(@Body({ schema: redriveRequest }) { by, reason, ...target }: z.output<typeof redriveRequest>) {
    return { redriven: await this.redrive(target, { by, reason }) };
  }

  @Post(':id/redrive')
  @RespondsWith(redriveResponse)
  async redriveDeadLetter(@Param('id', { schema: deadLetterId }) id: string, @Body({ schema: actRequest }) act: ActRequest) {
    return { redriven: await this.redrive({ id }, act) };
  }

  @Post(':id/discard')
  @HttpCode(204)
  async discardDeadLetter(@Param('id', { schema: deadLetterId }) id: string, @Body({ schema: actRequest }) { by, reason }: ActRequest) {
    await this.acts.discard(id, operatorOf(by), reason);
    this.messaging.consumer?.deadLettersChanged();
  }

  private async redrive(target: Parameters<DeadLetterActions['redrive']>[0], { by, reason }: ActRequest): Promise<string[]> {
    const ids = await this.acts.redrive(target, operatorOf(by), reason);
    this.messaging.consumer?.deadLettersChanged();
    return ids;
  }
}

function filterOf({ status, limit, header = [], key, topic: topics = [] }: z.output<typeof deadLettersOfServiceQuery>): DeadLetterFilter {
  const headers = Object.groupBy(header, (each) => each.slice(0, each.indexOf(':')));
  const values = Object.entries(headers).map(([name, given = []]) => [name, given.map((each) => each.slice(name.length + 1))] as const);
  const isAbout = header.length > 0 || key !== undefined;
  return {
    limit,
    ...(status && { statuses: [status] }),
    ...(isAbout && { about: { headers: Object.fromEntries(values), key: key ?? '', topics: key === undefined ? [] : topics } }),
  };
}

const shown = ({ storedAt, dueAt, ...letter }: DeadLetter) => ({
  ...letter,
  storedAt: storedAt.toISOString(),
  dueAt: dueAt?.toISOString(),
});
