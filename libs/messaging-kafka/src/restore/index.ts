export { type CutOptions, type CutTopic, cutTopics } from './cut-topics.js';
