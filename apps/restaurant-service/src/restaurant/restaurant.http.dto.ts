import { pageSizeParam } from '@ftgo/platform';
import { z } from 'zod';
import { pageCursor } from './page-cursor.js';

export const listQuery = z.object({ pageSize: pageSizeParam(), startKey: pageCursor().optional() });
