import { pageSizeParam } from '@ftgo/platform';
import { z } from 'zod';
import { startKey } from '../start-key.js';

export const listQuery = z.object({ pageSize: pageSizeParam(), startKey: startKey() });
