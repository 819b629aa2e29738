#!/usr/bin/env node
// npm run test:kubernetes: applies k8s/overlays/local to the cluster of the current kubectl context, tests it, and
// removes it.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/deployment/kubernetes-test/main.ts'));
