// SPDX-License-Identifier: GPL-2.0-or-later
//
// client.js SECONDS: the thin driver of node-oracledb. A line of standard input, `ID ADDRESS SERVICE
// CODE`, makes it connect to port 1521 of ADDRESS for SERVICE. The second listener must refuse it with
// ORA-CODE: `ID good`, else `ID bad` and what came of it. Lines are worked on at once, not in turn.
'use strict';
const oracledb = require('/pinhole/.cache/npm/node_modules/oracledb');
const readline = require('readline');

const seconds = process.argv[2];

async function attempt(address, service) {
	const connectString = `(DESCRIPTION=(CONNECT_TIMEOUT=${seconds})` +
		`(ADDRESS=(PROTOCOL=TCP)(HOST=${address})(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=${service})))`;
	try {
		await oracledb.getConnection({ user: 'u', password: 'p', connectString });
		return 'connected';
	} catch (error) {
		return error.message.replace(/\s+/g, ' ');
	}
}

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
	const [id, address, service, code] = line.split(' ');
	const result = await attempt(address, service);
	console.log(`${id} ${result.endsWith(`ORA-${code}`) ? 'good' : 'bad'} ${result}`);
});
console.log('ready');
