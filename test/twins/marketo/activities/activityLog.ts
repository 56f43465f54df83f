import { ActivityType, type Activity, type NewActivity } from './activity';

/** How late and in what order activities show. */
export interface LogRules {
	/** Longest time until an activity can be read; each gets a share of it by chance. */
	readonly latenessMs: number;
	/**
	 * What becomes of an activity that shows after a reader has passed its date: `appended` gives it
	 * to that reader later, out of date order; `passedOver` never, so that a reader must look back.
	 */
	readonly lateArrivals: 'appended' | 'passedOver';
}

/** Where a reader stands. */
export interface LogPosition {
	/** Activities before this date are not wanted, milliseconds. */
	readonly since: number;
	/** Place in the order of appearance of the next activity to look at; undefined at the start. */
	readonly next?: number;
	/** Newest date given out so far, and when that was. */
	readonly passed?: { readonly date: number; readonly at: number };
}

export interface LogPage {
	readonly activities: Activity[];
	readonly position: LogPosition;
	readonly moreResult: boolean;
}

/** Every so many activities share their `id` with the one before: only the GUID is unique. */
const SHARED_ID_EVERY = 50;
const FIRST_ID = 1_000_001;
/** Activities looked at for one page; when nothing more was found among them the page is short. */
const SCAN_LIMIT = 10_000;

/**
 * The activity log. Activities wait until they become visible and are then appended in the order
 * of their appearance, so a page costs at most `SCAN_LIMIT` steps and finding a date O(log n).
 */
export class ActivityLog {
	/** In order of appearance. */
	private readonly visible: Activity[] = [];
	/** Not yet visible, sorted by visibleAt. */
	private waiting: Activity[] = [];
	private count = 0;
	/** Losers of merges: their history is the winner's. */
	private readonly movedTo = new Map<number, number>();

	constructor(
		private readonly random: () => number,
		private readonly rules: () => LogRules,
	) {}

	/** @param now twin time of the write, milliseconds */
	add(activity: NewActivity, now: number): Activity {
		const number = FIRST_ID + this.count++;
		const late = Math.floor(this.random() * (this.rules().latenessMs + 1));
		const entry: Activity = {
			...activity,
			date: Math.floor(activity.date / 1000) * 1000,
			id: this.count % SHARED_ID_EVERY === 0 ? number - 1 : number,
			guid: String(number),
			visibleAt: now + late,
		};
		this.enqueue(entry);
		return entry;
	}

	/** From now on the loser's activities are read as the winner's. */
	move(loserId: number, winnerId: number): void {
		this.movedTo.set(loserId, winnerId);
	}

	/** Whom an activity belongs to now; a deletion stays with the deleted. */
	ownerOf(activity: Activity): number {
		let { leadId } = activity;
		if (activity.typeId === ActivityType.deleteLead) return leadId;
		for (let winner = this.movedTo.get(leadId); winner !== undefined; ) {
			leadId = winner;
			winner = this.movedTo.get(leadId);
		}
		return leadId;
	}

	/**
	 * The next activities that `wanted` lets through, at most `limit`. A page may be short or empty
	 * although there is more.
	 */
	read(
		from: LogPosition,
		limit: number,
		now: number,
		wanted: (activity: Activity) => boolean,
	): LogPage {
		this.reveal(now);
		const activities: Activity[] = [];
		let next = from.next ?? this.firstVisibleSince(from.since);
		let full = false;
		const end = Math.min(this.visible.length, next + SCAN_LIMIT);
		for (; next < end; next++) {
			const activity = this.visible[next]!;
			if (activity.date < from.since || this.isPassedOver(activity, from)) continue;
			if (!wanted(activity)) continue;
			full = activities.length === limit;
			if (full) break;
			activities.push(activity);
		}
		activities.sort(byDate);
		const newest = activities[activities.length - 1]?.date;
		const passed =
			newest === undefined
				? from.passed
				: { date: Math.max(newest, from.passed?.date ?? 0), at: now };
		return {
			activities,
			position: { since: from.since, next, ...(passed && { passed }) },
			moreResult: full || next < this.visible.length,
		};
	}

	/** How many activities there are, visible or not. */
	get size(): number {
		return this.count;
	}

	private enqueue(entry: Activity): void {
		const last = this.waiting[this.waiting.length - 1];
		if (!last || last.visibleAt <= entry.visibleAt) {
			this.waiting.push(entry);
			return;
		}
		let low = 0;
		let high = this.waiting.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.waiting[middle]!.visibleAt <= entry.visibleAt) low = middle + 1;
			else high = middle;
		}
		this.waiting.splice(low, 0, entry);
	}

	/** Appends what has become visible. */
	private reveal(now: number): void {
		let due = 0;
		while (due < this.waiting.length && this.waiting[due]!.visibleAt <= now) due++;
		if (due === 0) return;
		for (const arrival of this.waiting.slice(0, due)) this.visible.push(arrival);
		this.waiting = this.waiting.slice(due);
	}

	private isPassedOver(activity: Activity, { passed }: LogPosition): boolean {
		if (!passed || this.rules().lateArrivals === 'appended') return false;
		return activity.date < passed.date && activity.visibleAt > passed.at;
	}

	/** First place that can hold an activity of this date or later: none shows before its date. */
	private firstVisibleSince(since: number): number {
		let low = 0;
		let high = this.visible.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.visible[middle]!.visibleAt < since) low = middle + 1;
			else high = middle;
		}
		return low;
	}
}

function byDate(one: Activity, other: Activity): number {
	return one.date - other.date || Number(one.guid) - Number(other.guid);
}
