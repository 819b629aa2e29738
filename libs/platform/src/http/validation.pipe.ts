import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidRequest } from './problem.js';

/** Validates every parameter that names a schema, `@Body({ schema })`, and hands on what the schema made of it. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const schema = metadata.schema as StandardSchemaV1 | undefined;
    if (!schema) return value;
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return result.value;
    const root = metadata.data ? [metadata.data] : [];
    throw new InvalidRequest(
      result.issues.map(({ message, path }) => ({ pointer: pointerTo([...root, ...(path ?? []).map(keyOf)]), detail: message })),
    );
  }
}

const keyOf = (segment: PropertyKey | StandardSchemaV1.PathSegment): PropertyKey => (typeof segment === 'object' ? segment.key : segment);

/** RFC 6901. */
const pointerTo = (keys: readonly PropertyKey[]): string =>
  keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
