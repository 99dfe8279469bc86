export { type OpenedModel, type OpenModelOptions, openModel } from './open-model.ts';
export { type RunningServer, type ServeOptions, startServer } from './start-server.ts';
