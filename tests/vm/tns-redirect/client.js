// SPDX-License-Identifier: GPL-2.0-or-later
//
// client.js SECONDS ADDRESS FORM,HOST,PORT...: the thin driver of node-oracledb connects to ADDRESS,
// port 1521, for each service at once, and prints `SERVICE: what came of it`, one a line.
'use strict';
const oracledb = require('/pinhole/.cache/npm/node_modules/oracledb');

async function attempt(seconds, address, service) {
	const connectString = `(DESCRIPTION=(CONNECT_TIMEOUT=${seconds})(TRANSPORT_CONNECT_TIMEOUT=${seconds})` +
		`(ADDRESS=(PROTOCOL=TCP)(HOST=${address})(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=${service})))`;
	try {
		await oracledb.getConnection({ user: 'u', password: 'p', connectString });
		return 'connected';
	} catch (error) {
		return error.message.replace(/\s+/g, ' ');
	}
}

async function main() {
	const [seconds, address, ...services] = process.argv.slice(2);
	await Promise.all(services.map(async (service) => {
		console.log(`${service}: ${await attempt(seconds, address, service)}`);
	}));
	process.exit(0);
}

main();
