import type { PersonName } from '@ftgo/ftgo';
import { generatedId } from '@ftgo/platform';
import { EntitySchema } from 'typeorm';
import { Consumer } from './consumer.js';

export const consumerSchema = new EntitySchema<{ id: number; name: PersonName; isErased: boolean; version: number }>({
  target: Consumer,
  name: 'Consumer',
  tableName: 'consumers',
  columns: {
    id: generatedId,
    name: { type: 'jsonb' },
    isErased: { type: 'boolean' },
    version: { type: 'integer' },
  },
});
