// SPDX-License-Identifier: GPL-2.0-or-later
//
// client.js SECONDS ADDRESS FORM,HOST,PORT=CODE...: the thin driver of node-oracledb connects to port
// 1521 of ADDRESS for each service at once. The second listener must refuse it with ORA-CODE. Says for
// each service what came of it; the exit status is the number of those that failed.
'use strict';
const oracledb = require('/pinhole/.cache/npm/node_modules/oracledb');

const [seconds, address, ...wanted] = process.argv.slice(2);

async function attempt(service) {
	const connectString = `(DESCRIPTION=(CONNECT_TIMEOUT=${seconds})` +
		`(ADDRESS=(PROTOCOL=TCP)(HOST=${address})(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=${service})))`;
	try {
		await oracledb.getConnection({ user: 'u', password: 'p', connectString });
		return 'connected';
	} catch (error) {
		return error.message.replace(/\s+/g, ' ');
	}
}

async function check(word) {
	const [service, code] = word.split('=');
	const result = await attempt(service);
	const good = result.endsWith(`ORA-${code}`);
	console.log(`${good ? 'good' : 'bad'} ${service}: ${result}`);
	return good;
}

Promise.all(wanted.map(check)).then((results) => {
	process.exit(results.filter((good) => !good).length);
});
