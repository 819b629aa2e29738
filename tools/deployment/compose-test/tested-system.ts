import type { ComposeService } from '../compose-file.js';
import type { Compose } from './engine.js';

/** A system in containers, and what is expected of it. */
export interface TestedSystem {
  /** Its compose files; none for docker-compose.yml alone. */
  readonly files: readonly string[];
  readonly services: Readonly<Record<string, ComposeService>>;
  /** Starts it from images that exist, and tests it. */
  readonly test: (compose: Compose, stopping: AbortSignal) => Promise<void>;
}
