import { ApiOkResponse } from '@nestjs/swagger';
import type { StandardSchemaV1 } from '@standard-schema/spec';

/** Documents the body of a route's success response in the OpenAPI document. */
export const RespondsWith = (schema: StandardSchemaV1): MethodDecorator => ApiOkResponse({ standardSchema: schema });
