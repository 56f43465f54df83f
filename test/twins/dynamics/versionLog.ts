/**
 * What changed, in the order of row versions. One entry is added per write; an entry is stale when
 * its row has been written again since. Finding a version costs O(log n), reading on costs the
 * number of entries after it; stale entries are thrown out when they outnumber the live ones.
 */
export class VersionLog {
	private versions: number[] = [];
	private ids: string[] = [];
	/** `modifiedon` as written; as long as the clock never went back these ascend too. */
	private times: string[] = [];
	/** False once an entry was older than the one before it. */
	ascending = true;

	add(version: number, id: string, time: string): void {
		if (time < (this.times.at(-1) ?? '')) this.ascending = false;
		this.versions.push(version);
		this.ids.push(id);
		this.times.push(time);
	}

	get length(): number {
		return this.versions.length;
	}

	/** Entries with a greater version, oldest first. */
	*since(version: number): Generator<{ version: number; id: string }> {
		for (let index = this.after(version); index < this.versions.length; index++) {
			yield { version: this.versions[index]!, id: this.ids[index]! };
		}
	}

	/** Entries written at or after a time; only meaningful while `ascending`. */
	*notBefore(time: string): Generator<{ version: number; id: string }> {
		const start = this.firstWhere((index) => this.times[index]! >= time);
		for (let index = start; index < this.versions.length; index++) {
			yield { version: this.versions[index]!, id: this.ids[index]! };
		}
	}

	/** Takes an entry out again (a rolled-back write); it is among the last. */
	remove(version: number): void {
		const index = this.versions.lastIndexOf(version);
		if (index < 0) return;
		this.versions.splice(index, 1);
		this.ids.splice(index, 1);
		this.times.splice(index, 1);
	}

	/** Keeps only the entries the test holds for. */
	compact(live: (version: number, id: string) => boolean): void {
		const keep = this.versions.map((version, index) => live(version, this.ids[index]!));
		this.versions = this.versions.filter((_, index) => keep[index]);
		this.ids = this.ids.filter((_, index) => keep[index]);
		this.times = this.times.filter((_, index) => keep[index]);
	}

	private after(version: number): number {
		return this.firstWhere((index) => this.versions[index]! > version);
	}

	/** The first index for which the test holds, given that it holds for all later ones. */
	private firstWhere(test: (index: number) => boolean): number {
		let low = 0;
		let high = this.versions.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (test(middle)) high = middle;
			else low = middle + 1;
		}
		return low;
	}
}
