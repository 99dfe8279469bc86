/** Servers of our own: the simulator. */
export { type FaultChoice, type FaultName, faults, parseFault } from './faults.ts';
export { groqModels, type SimulateOptions, type Simulator, startSimulator } from './simulate.ts';
export { readToolScript, type ToolLine } from './tool-script.ts';
export type { Truth } from './truth.ts';
