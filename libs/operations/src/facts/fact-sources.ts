import { DomainError } from '@ftgo/kernel';
import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { FactSource } from './fact-source.js';

export class FactsNotFound extends DomainError {
  constructor(about: string, known: readonly string[]) {
    super(
      'FACTS_NOT_FOUND',
      'not-found',
      `no facts about ${about}: ${known.length > 0 ? `expected ${known.join(' or ')}` : 'this service has none'}`,
    );
  }
}

/** The sources of facts among the providers of the application. */
@Injectable()
export class FactSources {
  constructor(private readonly discovery: DiscoveryService) {}

  get all(): readonly FactSource[] {
    const instances = this.discovery.getProviders().map((wrapper) => wrapper.instance as unknown);
    return [...new Set(instances.filter((instance) => instance instanceof FactSource))];
  }

  /** Throws FactsNotFound. */
  about(things: string): FactSource {
    const { all } = this;
    const found = all.find(({ about }) => about === things);
    if (!found)
      throw new FactsNotFound(
        things,
        all.map(({ about }) => about),
      );
    return found;
  }
}
