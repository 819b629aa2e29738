import { findOrdersFields } from '@ftgo/rest/orderhistory';
import { z } from 'zod';
import { startKey } from '../start-key.js';

export const findOrdersQuery = z.object({ ...findOrdersFields, startKey: startKey() });
