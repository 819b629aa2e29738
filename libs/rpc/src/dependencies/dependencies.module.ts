import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { DependenciesHttpController } from './dependencies.http.controller.js';
import { DependenciesIndicator } from './dependencies-indicator.js';
import { ResponseAgeInterceptor } from './response-age.interceptor.js';

/** For an app that calls services: shows their state under `/operations` and in its health, and sends the age of cached responses. */
@Module({
  controllers: [DependenciesHttpController],
  providers: [DependenciesIndicator, { provide: APP_INTERCEPTOR, useClass: ResponseAgeInterceptor }],
})
export class DependenciesModule {}
