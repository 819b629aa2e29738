import { forwardOf, type SagaDefinition } from '../definition/definition.js';

/** The definitions that a service knows, by name and version. */
export class SagaRegistry {
  private readonly byName = new Map<string, Array<SagaDefinition<unknown>>>();

  constructor(definitions: ReadonlyArray<SagaDefinition<unknown>>) {
    for (const definition of definitions) this.add(definition);
  }

  get definitions(): ReadonlyArray<SagaDefinition<unknown>> {
    return [...this.byName.values()].flat();
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  has(definition: SagaDefinition<unknown>): boolean {
    return this.byName.get(definition.name)?.includes(definition) === true;
  }

  /** The instance's own version or, if that is no longer registered, the newest that has its step. */
  find({ saga, version, step }: { saga: string; version: number; step: string }): SagaDefinition<unknown> | undefined {
    const versions = this.byName.get(saga) ?? [];
    const own = versions.find((definition) => definition.version === version);
    return own ?? versions.find(({ steps }) => steps.some(({ name }) => name === forwardOf(step)));
  }

  private add(definition: SagaDefinition<unknown>): void {
    const { name, version } = definition;
    const versions = this.byName.get(name) ?? [];
    if (versions.some((other) => other.version === version)) throw new Error(`version ${version} of saga "${name}" is registered twice`);
    versions.push(definition);
    versions.sort((a, b) => b.version - a.version);
    this.byName.set(name, versions);
  }
}
