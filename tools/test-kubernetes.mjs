#!/usr/bin/env node
// npm run test:kubernetes (-- local | production): applies the overlays of k8s/ to the cluster of the current kubectl context, one
// after the other, tests them, and removes them.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/deployment/kubernetes-test/main.ts'));
