import type { Handler, IncomingMessage } from '@ftgo/messaging';
import { PriceChanged, SoldOut, stockReplies, TakeStock } from '@ftgo/testing/messaging';
import {
  type CallHandler,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { HandlerExplorer } from '../src/handler-explorer.js';
import { HandlesCommand, HandlesEvent, MessagingExtension, messagingContextType } from '../src/index.js';

const seen: string[] = [];

class OnlySmallOrders {
  canActivate(context: ExecutionContext): boolean {
    seen.push(`guard in ${context.getType<string>()}`);
    return context.getArgByIndex<TakeStock>(0).quantity < 100;
  }
}

class Doubled implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'object' && value !== null && 'quantity' in value ? { ...value, quantity: Number(value.quantity) * 2 } : value;
  }
}

class WithOneMore implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<{ left: number }>) {
    return next.handle().pipe(map((reply) => ({ left: reply.left + 1 })));
  }
}

@Catch(RangeError)
class RangeErrorsAreSoldOut implements ExceptionFilter<RangeError> {
  catch(): never {
    throw new SoldOut('everything');
  }
}

@Injectable()
class StockHandlers {
  @HandlesCommand(TakeStock)
  @UseGuards(OnlySmallOrders)
  @UsePipes(Doubled)
  @UseInterceptors(WithOneMore)
  @UseFilters(RangeErrorsAreSoldOut)
  take(command: TakeStock, message: IncomingMessage): Promise<{ left: number }> {
    if (command.quantity === 0) throw new RangeError('none');
    seen.push(`take ${command.quantity} for ${message.id}`);
    return Promise.resolve({ left: command.quantity });
  }

  @HandlesEvent(PriceChanged)
  notePrice(event: PriceChanged): Promise<void> {
    seen.push(`price ${event.cents}`);
    return Promise.resolve();
  }
}

@Injectable()
class ReplyHandlers extends MessagingExtension {
  override handlers(): Handler[] {
    return [{ kind: 'reply', channel: stockReplies, name: 'replies', handle: () => Promise.resolve() }];
  }
}

async function explore(): Promise<HandlerExplorer> {
  const app = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [HandlerExplorer, StockHandlers, ReplyHandlers],
  }).compile();
  return app.get(HandlerExplorer);
}

const message = (payload: unknown) => ({ id: 'm1', payload }) as IncomingMessage;

describe('handlers of a Nest application', () => {
  it('are found on providers, with their names, and from extensions', async () => {
    const handlers = (await explore()).handlers();
    expect(handlers.map(({ kind, name }) => [kind, name])).toEqual([
      ['command', 'StockHandlers.take'],
      ['event', 'StockHandlers.notePrice'],
      ['reply', 'replies'],
    ]);
  });

  it('run inside guards, pipes, interceptors and filters', async () => {
    const [take] = (await explore()).handlers();
    if (take?.kind !== 'command') throw new Error('expected the command handler first');
    seen.length = 0;
    // The pipe doubles, the interceptor adds one.
    expect(await take.handle(message({ item: 'pen', quantity: 3 }))).toEqual({ left: 7 });
    expect(seen).toEqual([`guard in ${messagingContextType}`, 'take 6 for m1']);
    await expect(take.handle(message({ item: 'pen', quantity: 100 }))).rejects.toThrow('Forbidden');
    await expect(take.handle(message({ item: 'pen', quantity: 0 }))).rejects.toThrow(SoldOut);
  });

  it('receive the payload of their event', async () => {
    const [, price] = (await explore()).handlers();
    seen.length = 0;
    if (price?.kind === 'event') await price.handle(message({ item: 'pen', cents: 12 }));
    expect(seen).toEqual(['price 12']);
  });
});
