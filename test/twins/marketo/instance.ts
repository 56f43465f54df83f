import { seededRandom, type SeedPerson } from '../chassis';
import { ActivityLog } from './activities/activityLog';
import { Exports } from './bulk/exports';
import { Imports } from './bulk/imports';
import { CustomTypes } from './activities/customTypes';
import { Campaigns } from './campaigns/campaigns';
import { FieldRegistry } from './fields/fieldRegistry';
import { StaticLists } from './lists/staticLists';
import { Objects } from './objects/objects';
import type { TwinBehaviour } from './options';
import { Partitions } from './people/partitions';
import { PeopleStore } from './people/peopleStore';
import { PersonWriter } from './people/personWriter';
import { seedPeople } from './people/seedPeople';

/** Of a subscription that is given no other. */
const MUNCHKIN_ID = '123-TWN-456';

/** What an instance is made of. */
export interface InstanceSeed {
	readonly seed: number;
	readonly people: readonly SeedPerson[];
	/** More fields, in describe's shape. */
	readonly fields?: unknown;
	/** Left out: always the same one. */
	readonly munchkinId?: string;
}

/** The data of one Marketo instance; knows nothing of HTTP. */
export class MarketoInstance {
	readonly munchkinId: string;
	readonly fields: FieldRegistry;
	readonly people: PeopleStore;
	readonly log: ActivityLog;
	readonly customTypes = new CustomTypes();
	readonly lists = new StaticLists();
	readonly partitions = new Partitions();
	readonly writer: PersonWriter;
	readonly objects: Objects;
	readonly campaigns = new Campaigns(this);
	readonly imports: Imports;
	readonly exports: Exports;

	/** @param now twin time at the start, milliseconds */
	constructor(
		{ seed, people, fields, munchkinId = MUNCHKIN_ID }: InstanceSeed,
		readonly behaviour: TwinBehaviour,
		now: number,
	) {
		this.munchkinId = munchkinId;
		this.fields = new FieldRegistry(fields);
		this.people = new PeopleStore(this.fields);
		this.log = new ActivityLog(seededRandom(seed, 'marketo lateness'), () => behaviour);
		this.writer = new PersonWriter(this.people, this.fields, this.log, () => behaviour);
		this.objects = new Objects(this.people, this.fields, this.log, behaviour, now);
		seedPeople(people, this.fields, this.writer, this.partitions.defaultId, now);
		this.lists.create('Newsletter', now);
		this.imports = new Imports(this);
		this.exports = new Exports(this);
	}

	/** Lets bulk jobs happen that were due by now. */
	settleJobs(now: number): void {
		this.imports.settle(now);
		this.exports.settle(now);
	}

	/** Takes a person who is gone out of lists and roles; a merged one is replaced by the winner. */
	dropPerson(id: number, now: number, winnerId?: number): void {
		this.lists.dropPerson(id, winnerId);
		this.objects.dropPerson(id, now, winnerId);
	}
}
