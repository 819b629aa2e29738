import type { Handler, Middleware } from '@ftgo/messaging';
import { Injectable } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator, MetadataScanner } from '@nestjs/core';
import { type Handles, handlesMetadata, independentMetadata, parametersMetadata } from './decorators.js';
import { MessagingExtension } from './messaging-extension.js';

/** The value of `ExecutionContext.getType()` inside a message handler. */
export const messagingContextType = 'messaging';

type Call = (...parameters: unknown[]) => Promise<unknown>;

/** Finds the decorated methods of all providers, and wraps them so that guards, pipes, interceptors and filters run. */
@Injectable()
export class HandlerExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly contexts: ExternalContextCreator,
  ) {}

  handlers(): Handler[] {
    const own = this.instances().flatMap((instance) => this.methodsOf(instance).flatMap((method) => this.handlersOf(instance, method)));
    return [...own, ...this.extensions().flatMap((extension) => extension.handlers())];
  }

  middleware(): Middleware[] {
    return this.extensions().flatMap((extension) => extension.middleware());
  }

  extensions(): MessagingExtension[] {
    return this.instances().filter((instance) => instance instanceof MessagingExtension);
  }

  private instances(): object[] {
    const found = this.discovery
      .getProviders()
      .map((wrapper) => (wrapper.isDependencyTreeStatic() ? (wrapper.instance as unknown) : undefined));
    return [...new Set(found.filter((instance): instance is object => typeof instance === 'object' && instance !== null))];
  }

  private methodsOf(instance: object): string[] {
    const prototype = Object.getPrototypeOf(instance) as object | null;
    return prototype ? this.scanner.getAllMethodNames(prototype) : [];
  }

  private handlersOf(instance: object, method: string): Handler[] {
    const callback = (instance as Record<string, unknown>)[method];
    const handles = typeof callback === 'function' ? (Reflect.getMetadata(handlesMetadata, callback) as Handles | undefined) : undefined;
    if (!handles) return [];
    const call = this.wrap(instance, callback as Call, method);
    const name = `${instance.constructor.name}.${method}`;
    if (handles.kind === 'command') {
      return [{ kind: 'command', type: handles.type, name, handle: (message) => call(message.payload, message) }];
    }
    const independentPerKey = Reflect.getMetadata(independentMetadata, callback as object) === true;
    return handles.types.map((type) => ({
      kind: 'event',
      type,
      name,
      independentPerKey,
      handle: async (message) => {
        await call(message.payload, message);
      },
    }));
  }

  private wrap(instance: object, callback: Call, method: string): Call {
    const all = { guards: true, interceptors: true, filters: true };
    return this.contexts.create(
      instance,
      callback,
      method,
      parametersMetadata,
      byIndex,
      undefined,
      undefined,
      all,
      messagingContextType,
    ) as Call;
  }
}

/** The parameters of a handler are the unchanged arguments of its call. */
const byIndex = { exchangeKeyForValue: (index: number, _data: unknown, args: unknown[]) => args[index] };
