import { isoSeconds } from '../fields/time';
import type { FlowService, ServiceLogLine } from './service';

const MAX_LINES = 1000;

/** Adds a line to what an administrator sees of a service. */
export function serviceLog(
	service: FlowService,
	level: ServiceLogLine['level'],
	message: string,
	now: number,
	code?: string,
): void {
	service.log.push({ at: isoSeconds(now), level, ...(code !== undefined && { code }), message });
	if (service.log.length > MAX_LINES) service.log.shift();
}
