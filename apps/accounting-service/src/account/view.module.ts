import { Module } from '@nestjs/common';
import { AccountRepository } from './account.repository.js';
import { AuthorizationView } from './authorization.view.js';
import { AuthorizationsReplica } from './authorizations.replica.js';

/** The view of authorisations, for the program that rebuilds it. */
@Module({ providers: [AccountRepository, AuthorizationView, AuthorizationsReplica] })
export class ViewModule {}
