import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';

/** Who may use an operation: anyone, or principals with one of these roles. */
export type Decision = 'public' | readonly [string, ...string[]];

const decision = 'security:decision';

type Decorator = MethodDecorator & ClassDecorator;

/** The operation needs no access token. */
export const Public = (): Decorator => decide('public');

/** The operation needs a principal with one of these roles. On a class: all its operations without a decision of their own. */
export const AllowRoles = (...roles: readonly [string, ...string[]]): Decorator => decide(roles);

/** The decision about an operation, by the method that implements it. */
export const decisionOf = (handler: object): Decision | undefined => Reflect.getMetadata(decision, handler) as Decision | undefined;

function decide(who: Decision): Decorator {
  const decorate = applyDecorators(SetMetadata(decision, who), RouteConfig({ access: who }));
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (descriptor) return decorate(target, key, descriptor);
    const { prototype } = target as { prototype: object };
    for (const [name, method] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const isUndecided = name !== 'constructor' && typeof method.value === 'function' && !decisionOf(method.value as object);
      if (isUndecided) decorate(prototype, name, method);
    }
  };
}
