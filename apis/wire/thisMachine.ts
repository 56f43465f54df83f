const LOCAL_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether a host is the machine itself: a secret may go there in the clear, to a stand-in. */
export function isThisMachine(hostname: string): boolean {
	return LOCAL_HOST.test(hostname);
}
