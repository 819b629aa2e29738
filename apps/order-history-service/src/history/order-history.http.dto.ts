import { findOrdersFields } from '@ftgo/rest/orderhistory';
import { z } from 'zod';
import { pageCursor } from './page-cursor.js';

export const findOrdersQuery = z.object({ ...findOrdersFields, startKey: pageCursor().optional() });
