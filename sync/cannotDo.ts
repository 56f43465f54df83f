/** Something a person asked for cannot be done as things stand. Nothing was changed. */
export class CannotDo extends Error {
	constructor(
		/** What is in the way. */
		message: string,
		/** What to do about it. */
		readonly remedy: string,
	) {
		super(message);
		this.name = 'CannotDo';
	}
}
