/** The model store: models by name or path, downloaded once, verified by SHA-256. Prints nothing. */
export { cacheFolder } from './cache.ts';
export { type CatalogueEntry, catalogue, defaultEncoder, defaultModel } from './catalogue.ts';
export { isHubName } from './hub-name.ts';
export { type FoundModel, findModels } from './other-caches.ts';
export {
  findModelHere,
  findPulled,
  type ResolvedModel,
  type ResolveOptions,
  resolveEncoder,
  resolveModel,
} from './resolve.ts';
export type { Progress, PullOptions } from './source.ts';
export { type ListedModel, listModels, pullModel, removeModel } from './store.ts';
