import { Allow, RespondsWith } from '@ftgo/platform';
import { type OperatorNote, SagaOperations } from '@ftgo/sagas';
import type { SagaDetails, SagaSummary } from '@ftgo/sagas/operations';
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ActsGuard } from '../acts.guard.js';
import { type ActRequest, actRequest, operatorOf } from '../operator.js';
import { resolveRequest, sagaId, sagaResponse, sagasOfServiceQuery, sagasResponse, skipRequest } from './sagas.dto.js';

@ApiTags('Operations')
@Allow('operator')
@UseGuards(ActsGuard)
@Controller('operations/sagas')
export class SagasHttpController {
  constructor(private readonly sagas: SagaOperations) {}

  @Get()
  @RespondsWith(sagasResponse)
  async listSagas(
    @Query({ schema: sagasOfServiceQuery }) { status, saga, stuck, limit, stateHas = {} }: z.output<typeof sagasOfServiceQuery>,
  ) {
    const found = await this.sagas.list({ limit, stateHas, needsOperator: stuck, ...(status && { status }), ...(saga && { saga }) });
    return { sagas: found.map(summary) };
  }

  @Get(':id')
  @RespondsWith(sagaResponse)
  async getSaga(@Param('id', { schema: sagaId }) id: string) {
    return details(await this.sagas.show(id));
  }

  @Post(':id/retry')
  @HttpCode(200)
  @RespondsWith(sagaResponse)
  retrySaga(@Param('id', { schema: sagaId }) id: string, @Body({ schema: actRequest }) act: ActRequest) {
    return this.act(id, act, (note) => this.sagas.retry(id, note));
  }

  @Post(':id/skip')
  @HttpCode(200)
  @RespondsWith(sagaResponse)
  skipSagaStep(@Param('id', { schema: sagaId }) id: string, @Body({ schema: skipRequest }) { step, ...act }: z.output<typeof skipRequest>) {
    return this.act(id, act, (note) => this.sagas.skip(id, { ...note, step }));
  }

  @Post(':id/compensate')
  @HttpCode(200)
  @RespondsWith(sagaResponse)
  compensateSaga(@Param('id', { schema: sagaId }) id: string, @Body({ schema: actRequest }) act: ActRequest) {
    return this.act(id, act, (note) => this.sagas.compensate(id, note));
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @RespondsWith(sagaResponse)
  resolveSaga(
    @Param('id', { schema: sagaId }) id: string,
    @Body({ schema: resolveRequest }) { status, ...act }: z.output<typeof resolveRequest>,
  ) {
    return this.act(id, act, (note) => this.sagas.resolve(id, status, note));
  }

  /** The saga as it is after the act, with its history, where the act is recorded. */
  private async act(id: string, { by, reason }: ActRequest, perform: (note: OperatorNote) => Promise<unknown>) {
    await perform({ by: operatorOf(by).name, reason });
    return details(await this.sagas.show(id));
  }
}

const summary = ({ startedAt, stepSince, endedAt, ...saga }: SagaSummary) => ({
  ...saga,
  startedAt: startedAt.toISOString(),
  stepSince: stepSince.toISOString(),
  endedAt: endedAt?.toISOString(),
});

const details = ({ dueAt, history, correlationId, traceparent, startedBy, done, awaits, ...saga }: SagaDetails) => ({
  ...summary(saga),
  correlationId,
  traceparent,
  startedBy,
  done,
  awaits,
  dueAt: dueAt?.toISOString(),
  history: history.map((each) => ({ ...each, at: each.at.toISOString() })),
});
