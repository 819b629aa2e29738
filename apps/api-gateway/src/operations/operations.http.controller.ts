import {
  deadLettersQuery,
  deadLettersResponse,
  outboxBody,
  replicasResponse,
  sagasQuery,
  sagasResponse,
} from '@ftgo/operations/representations';
import { Allow, RespondsWith } from '@ftgo/platform';
import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { systemDeadLettersResponse, systemOutboxesResponse, systemReplicasResponse, systemSagasResponse } from './operations.http.dto.js';
import { ServicesOperations } from './services-operations.js';

/** What operators see of the whole system. They act at the service that owns the data: no act is forwarded. */
@Allow('operator')
@Controller('operations')
export class OperationsHttpController {
  constructor(private readonly services: ServicesOperations) {}

  /** Newest first. */
  @Get('sagas')
  @RespondsWith(systemSagasResponse)
  async listSagas(@Query({ schema: sagasQuery }) query: z.output<typeof sagasQuery>): Promise<z.output<typeof systemSagasResponse>> {
    const { answers, unavailable } = await this.services.gather('sagas', query, sagasResponse);
    const sagas = answers.flatMap(({ service, body }) => body.sagas.map((saga) => ({ ...saga, service })));
    return { sagas: sagas.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt)).slice(0, query.limit), unavailable };
  }

  /** Oldest first. */
  @Get('dead-letters')
  @RespondsWith(systemDeadLettersResponse)
  async listDeadLetters(
    @Query({ schema: deadLettersQuery }) query: z.output<typeof deadLettersQuery>,
  ): Promise<z.output<typeof systemDeadLettersResponse>> {
    const { answers, unavailable } = await this.services.gather('dead-letters', query, deadLettersResponse);
    const deadLetters = answers.flatMap(({ service, body }) => body.deadLetters.map((letter) => ({ ...letter, service })));
    return { deadLetters: deadLetters.toSorted((a, b) => a.storedAt.localeCompare(b.storedAt)).slice(0, query.limit), unavailable };
  }

  @Get('outbox')
  @RespondsWith(systemOutboxesResponse)
  async listOutboxes(): Promise<z.output<typeof systemOutboxesResponse>> {
    const { answers, unavailable } = await this.services.gather('outbox', {}, outboxBody);
    return { outboxes: answers.map(({ service, body }) => ({ ...body, service })), unavailable };
  }

  @Get('replicas')
  @RespondsWith(systemReplicasResponse)
  async listReplicas(): Promise<z.output<typeof systemReplicasResponse>> {
    const { answers, unavailable } = await this.services.gather('replicas', {}, replicasResponse);
    return { replicas: answers.flatMap(({ service, body }) => body.replicas.map((each) => ({ ...each, service }))), unavailable };
  }
}
