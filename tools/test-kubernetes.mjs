#!/usr/bin/env node
// npm run test:kubernetes: applies k8s/overlays/local to the cluster that kubectl is set to, tests it, and takes it down.
import { runScript } from './setup/run.mjs';

await runScript('tools/deployment/kubernetes-test/main.ts');
