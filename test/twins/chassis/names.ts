/** Words the seed data is made of. Enough variety to show encoding, length and sorting trouble. */
export const FIRST_NAMES = [
	'Ada', 'Åsa', 'Björn', 'Carlos', 'Chloé', 'Dmitri', 'Élodie', 'Fatima', 'François', 'Grace', 'Hélène',
	'Ibrahim', 'Ingrid', 'İpek', 'James', 'João', 'José', 'Jürgen', 'Kateřina', 'Liam', 'Łukasz', 'Mary-Jane',
	'Mia', 'Nguyễn', 'Noah', 'Olga', 'Ørjan', 'Priya', 'Quentin', 'René', 'Saoirse', 'Søren', 'Tomáš', 'Uğur',
	'Valentina', 'Wei', 'Xiomara', 'Yūki', 'Zoë', 'Željko', 'Αλέξανδρος', 'Ольга', '美咲', '伟', '지훈',
] as const;

export const LAST_NAMES = [
	'Andersson', "O'Brien", 'Álvarez', 'Bāliņš', 'Côté', 'D’Angelo', 'Dvořák', 'Fernández', 'García', 'Hansen',
	'Ishikawa', 'Jensen', 'Kaya', 'Kowalski', 'Lindström', 'López', 'MacDonald', 'Müller', 'Nowak', 'Øvergaard',
	'Papadopoulou', 'Pérez', 'Quinn', 'Rossi', 'Şahin', 'Schäfer', 'Smith', 'Strauß', 'Tanaka', 'Trần', 'van den Berg',
	'Vašek', 'von Weiß', 'Walker', 'Xu', 'Yılmaz', 'Zieliński', 'Иванова', '山田', '김',
] as const;

export const COMPANIES = [
	'A. Datum Corporation', 'Adventure Works', 'Alpine Ski House', 'Bäckerei Köhler & Söhne', 'Blue Yonder Airlines',
	'Café Olé S.A.', 'Coho Winery', 'Contoso Ltd.', 'Fabrikam, Inc.', 'Fourth Coffee', 'Graphic Design Institute',
	'Humongous Insurance', 'Ibérica de Aceros', 'Litware "Pro", Inc.', 'Lucerne Publishing', 'Margie’s Travel',
	'Nordic Løsninger AS', 'Northwind Traders', 'Proseware', 'Škoda Parts s.r.o.', 'Smith & Sons', 'Tailspin Toys',
	'Trey Research', 'Wide World Importers', 'Wingtip Toys', 'Woodgrove Bank', '株式会社さくら',
] as const;

export const TITLES = [
	'Account Executive', 'Buyer', 'CEO', 'CFO', 'Chief Marketing Officer', 'Director of Sales', 'Engineer',
	'Geschäftsführer', 'Head of R&D', 'IT Manager', 'Owner', 'Procurement Lead', 'Responsable marketing',
	'Sr. Vice President, Operations', 'Student', 'VP Sales',
] as const;

export interface Place {
	readonly city: string;
	readonly state?: string;
	readonly postalCode: string;
	readonly country: string;
	readonly dial: string;
}

export const PLACES: readonly Place[] = [
	{ city: 'Seattle', state: 'WA', postalCode: '98101', country: 'United States', dial: '+1 206' },
	{ city: 'Austin', state: 'TX', postalCode: '73301', country: 'United States', dial: '+1 512' },
	{ city: 'Montréal', state: 'QC', postalCode: 'H2X 1Y4', country: 'Canada', dial: '+1 514' },
	{ city: 'London', postalCode: 'SW1A 1AA', country: 'United Kingdom', dial: '+44 20' },
	{ city: 'München', state: 'Bayern', postalCode: '80331', country: 'Germany', dial: '+49 89' },
	{ city: 'Köln', postalCode: '50667', country: 'Germany', dial: '+49 221' },
	{ city: 'Paris', postalCode: '75001', country: 'France', dial: '+33 1' },
	{ city: 'København K', postalCode: '1050', country: 'Denmark', dial: '+45' },
	{ city: 'Malmö', postalCode: '211 18', country: 'Sweden', dial: '+46 40' },
	{ city: 'Kraków', postalCode: '30-001', country: 'Poland', dial: '+48 12' },
	{ city: 'São Paulo', state: 'SP', postalCode: '01000-000', country: 'Brazil', dial: '+55 11' },
	{ city: 'México, D.F.', postalCode: '06000', country: 'Mexico', dial: '+52 55' },
	{ city: 'İstanbul', postalCode: '34000', country: 'Türkiye', dial: '+90 212' },
	{ city: '東京', postalCode: '100-0001', country: 'Japan', dial: '+81 3' },
	{ city: 'Sydney', state: 'NSW', postalCode: '2000', country: 'Australia', dial: '+61 2' },
];
