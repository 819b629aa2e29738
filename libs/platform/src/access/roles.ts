import { AllowRoles } from '@ftgo/security';

/** What principals can be. A service is one of our own processes, or a program with an account of its own. */
export type Role = 'consumer' | 'restaurant' | 'courier' | 'operator' | 'service';

/**
 * States who may use an operation while security is on. Whether the thing belongs to the caller is decided in the use case
 * (Access).
 */
export const Allow = (...roles: readonly [Role, ...Role[]]): MethodDecorator & ClassDecorator => AllowRoles(...roles);
