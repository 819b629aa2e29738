export { given, SagaScenario } from './given.js';
