import { Module } from '@nestjs/common';
import { ErasureEventHandlers } from './erasure.event-handlers.js';
import { Erasures } from './erasures.js';

@Module({
  providers: [Erasures, ErasureEventHandlers],
  exports: [Erasures],
})
export class ErasureModule {}
