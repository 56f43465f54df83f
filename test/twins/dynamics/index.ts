export { startDynamicsTwin, type DynamicsTwin, type DynamicsTwinOptions } from './server';
