import { DomainError } from '@ftgo/kernel';
import { isFromForeignOrigin, isLoopback } from '@ftgo/platform';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OperationsSettings } from './operations-settings.js';

/** The act came from another machine. */
export class ActForbidden extends DomainError {
  constructor() {
    super(
      'OPERATIONS_CLOSED',
      'forbidden',
      'operators may act only from the machine that runs the service; set FTGO_OPERATIONS_OPEN=true if no one else can reach its port',
    );
  }
}

/** The act came from a web page, through an operator's browser. */
export class ForeignOrigin extends DomainError {
  constructor() {
    super('FOREIGN_ORIGIN', 'forbidden', 'requests from other web pages are not allowed; use a program such as curl');
  }
}

/** Lets operators act from this machine only, unless the service is open to those that `@Allow` admits. They may read from any. */
@Injectable()
export class ActsGuard implements CanActivate {
  constructor(private readonly settings: OperationsSettings) {}

  canActivate(context: ExecutionContext): boolean {
    const { method, headers, socket } = context.switchToHttp().getRequest<FastifyRequest>();
    if (method === 'GET') return true;
    if (isFromForeignOrigin(headers)) throw new ForeignOrigin();
    if (this.settings.isOpen || isLoopback(socket.remoteAddress)) return true;
    throw new ActForbidden();
  }
}
