import { Allow, RespondsWith, Summary } from '@ftgo/platform';
import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ActsGuard } from '../acts.guard.js';
import { type ActRequest, actRequest, operatorOf } from '../operator.js';
import { ReplicaRebuilds, type ReplicaStatus } from './replica-rebuilds.js';
import { replicaBody, replicaName, replicasResponse } from './replicas.dto.js';

@ApiTags('Operations')
@Allow('operator')
@UseGuards(ActsGuard)
@Controller('operations/replicas')
export class ReplicasHttpController {
  constructor(private readonly rebuilds: ReplicaRebuilds) {}

  @Get()
  @RespondsWith(replicasResponse)
  async listReplicas(): Promise<z.output<typeof replicasResponse>> {
    return { replicas: (await this.rebuilds.list()).map(shown) };
  }

  /** The rebuild continues in the background; the list shows its progress. */
  @Post(':name/rebuild')
  @HttpCode(200)
  @Summary('Start rebuilding a replica')
  @RespondsWith(replicaBody)
  async rebuildReplica(@Param('name', { schema: replicaName }) name: string, @Body({ schema: actRequest }) { by, reason }: ActRequest) {
    await this.rebuilds.start(name, { operator: operatorOf(by), reason });
    return shown(await this.rebuilds.get(name));
  }
}

const shown = ({ rebuiltAt, actions, ...replica }: ReplicaStatus): z.output<typeof replicaBody> => ({
  ...replica,
  rebuiltAt: rebuiltAt?.toISOString(),
  actions: actions.map((each) => ({ ...each, at: each.at.toISOString() })),
});
