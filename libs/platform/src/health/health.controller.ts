import { Public } from '@ftgo/security';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type HealthStatus, type Readiness, ReadinessCheck, statusOf } from './readiness.js';

@Public()
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(private readonly check: ReadinessCheck) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'up' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: HealthStatus } & Readiness> {
    const readiness = await this.check.readiness();
    void reply.status(readiness.ready ? 200 : 503);
    return { status: statusOf(readiness), ...readiness };
  }
}
