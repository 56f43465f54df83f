import { keyPath, textLiteral } from '../../../../../apis/dataverse/transport/odata';

describe('keyPath', () => {
	it('quotes and encodes key values', () => {
		expect(keyPath('contacts', { mkto_personid: "O'1", nr: 5 })).toBe(
			"contacts(mkto_personid='O''1',nr=5)",
		);
		expect(textLiteral("a'b")).toBe("'a''b'");
	});
});
