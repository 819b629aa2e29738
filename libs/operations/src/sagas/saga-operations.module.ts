import { Module } from '@nestjs/common';
import { SagasHttpController } from './sagas.http.controller.js';

/** What operators see of sagas and do about them, under `/operations/sagas`. Needs OperationsModule and SagasModule. */
@Module({ controllers: [SagasHttpController] })
export class SagaOperationsModule {}
