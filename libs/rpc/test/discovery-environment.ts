import { discoveryConfig, parseConfig } from '@ftgo/platform';
import { z } from 'zod';
import type { DiscoveryConfig } from '../src/index.js';

/** The settings of discovery in the environment of a process. */
export const discoveryFrom = (environment: NodeJS.ProcessEnv): DiscoveryConfig => parseConfig(z.object(discoveryConfig), environment);
