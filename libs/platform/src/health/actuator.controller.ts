import { Public } from '@ftgo/security';
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow } from '../access/roles.js';
import { Metrics } from '../metrics/metrics.js';
import { type Readiness, ReadinessCheck } from './readiness.js';

/** Health and metrics at the paths of Spring Boot, for the scripts and probes of the book's application. */
@ApiExcludeController()
@Controller('actuator')
export class ActuatorController {
  constructor(
    private readonly check: ReadinessCheck,
    private readonly metrics: Metrics,
  ) {}

  /** The result of `/health/ready`, with Spring Boot's status names. */
  @Public()
  @Get('health')
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string } & Readiness> {
    const readiness = await this.check.readiness();
    void reply.status(readiness.ready ? 200 : 503);
    return { ...readiness, status: readiness.ready ? 'UP' : 'DOWN' };
  }

  @Allow('operator', 'service')
  @Get('prometheus')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  prometheus(): Promise<string> {
    return this.metrics.text();
  }
}
