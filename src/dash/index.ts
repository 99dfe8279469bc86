export { type DashOptions, type RunningDash, startDash } from './start-dash.ts';
