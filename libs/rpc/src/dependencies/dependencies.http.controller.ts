import { Allow, RespondsWith, Summary } from '@ftgo/platform';
import { Controller, Get } from '@nestjs/common';
import type { z } from 'zod';
import { dependencies } from '../client/dependency-metrics.js';
import { dependenciesResponse } from './dependencies.dto.js';

/** The services that this process calls, for operators. */
@Allow('operator')
@Controller('operations/dependencies')
export class DependenciesHttpController {
  @Get()
  @Summary('List the services that this one calls, with the policy and the state of the calls to them')
  @RespondsWith(dependenciesResponse)
  listDependencies(): z.output<typeof dependenciesResponse> {
    const bodies = dependencies().map(({ name, circuit, callsInFlight, callsWaiting, lastFailure, instances, policy }) => ({
      dependency: name,
      circuit,
      callsInFlight,
      callsWaiting,
      lastFailure: lastFailure && { at: lastFailure.at.toISOString(), reason: lastFailure.reason },
      instances: instances(),
      policy,
    }));
    return { dependencies: bodies.toSorted((a, b) => a.dependency.localeCompare(b.dependency)) };
  }
}
