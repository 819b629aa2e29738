import { Allow, RespondsWith } from '@ftgo/platform';
import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { invariantsQuery, invariantsResponse } from './invariants.http.dto.js';
import { InvariantsQuery } from './invariants.query.js';

/** Whether the services agree, for the whole system. Reads only. */
@Allow('operator')
@Controller('operations/invariants')
export class InvariantsHttpController {
  constructor(private readonly invariants: InvariantsQuery) {}

  @Get()
  @RespondsWith(invariantsResponse)
  checkInvariants(@Query({ schema: invariantsQuery }) { settle }: z.output<typeof invariantsQuery>) {
    return this.invariants.check(settle);
  }
}
