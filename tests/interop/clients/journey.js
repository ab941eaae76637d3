// tests: the journey of test_clients.py with KafkaJS and its Snappy codec (the others of its codecs
// are built by a compiler). Arguments: address, topic. Prints a line a step: its name, a tab, what
// was seen.
const kafkajs = require('kafkajs');
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = require('kafkajs-snappy');

const [address, topic] = process.argv.slice(2);
const RECORDS = 100;
const CODECS = { none: 'None', gzip: 'GZIP', snappy: 'Snappy' };
const kafka = new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING });
const admin = kafka.admin();
let produced = 0;

async function step(name, body) {
    let told;
    try {
        told = await body();
    } catch (error) {
        told = `error: ${error.name}: ${error.message}`;
    }
    console.log(`${name}\t${told.replace(/\s+/g, ' ')}`);
}

async function until(condition, seconds = 30) {
    for (const end = Date.now() + seconds * 1000; !(await condition()) && Date.now() < end;) {
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

async function create(name, numPartitions) {
    const wanted = { topics: [{ topic: name, numPartitions, replicationFactor: 1 }] };
    await admin.createTopics(wanted);
    return (await admin.createTopics(wanted)) ? 'made twice' : 'again 36'; // false: it was there
}

async function partitions() {
    const told = await admin.fetchTopicMetadata({ topics: [topic] });
    return told.topics[0].partitions.length;
}

async function grow() {
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    await until(async () => (await partitions()) === 3);
    return `${await partitions()} partitions`;
}

async function produce(codec, options, compression) {
    const producer = kafka.producer(options);
    await producer.connect();
    const messages = Array.from({ length: RECORDS }, (_, i) => ({
        key: `k${i}`, value: `${codec} ${i} ${'some text'.repeat(9)}`, headers: { codec },
    }));
    const told = await producer.send({ topic, messages, compression });
    await producer.disconnect();
    if (told.some((each) => each.errorCode)) {
        return JSON.stringify(told);
    }
    produced += RECORDS; // it tells the first offset of each partition only
    return `${RECORDS} places`;
}

async function take(count, seen) {
    const member = kafka.consumer({ groupId: `${topic}-group` });
    const offsets = {};
    let taken = 0;
    await member.connect();
    await member.subscribe({ topic, fromBeginning: true });
    await member.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
            if (taken < count) {
                taken++;
                const value = message.value.toString();
                const right = message.headers.codec.toString() === value.split(' ')[0];
                seen.add(right ? value : '');
                offsets[partition] = Number(message.offset) + 1;
            }
        },
    });
    await until(() => taken === count);
    await member.commitOffsets(Object.entries(offsets).map(([partition, offset]) => (
        { topic, partition: Number(partition), offset: String(offset) })));
    await member.disconnect();
    return taken;
}

async function group() {
    const seen = new Set();
    const first = await take(Math.floor(produced / 2), seen);
    const rest = await take(produced - Math.floor(produced / 2), seen);
    return `${first} and ${rest}, different ${seen.size}`;
}

async function described(name) {
    const { groups } = await admin.describeGroups([name]);
    return `${groups[0].state} ${groups[0].members.length}`;
}

async function share() {
    const sizes = [0, 0];
    const members = sizes.map(() => kafka.consumer({ groupId: `${topic}-shared` }));
    for (const [i, member] of members.entries()) {
        member.on(member.events.GROUP_JOIN, ({ payload }) => {
            sizes[i] = (payload.memberAssignment[topic] || []).length;
        });
        await member.connect();
        await member.subscribe({ topic, fromBeginning: true });
        await member.run({ eachMessage: async () => {} });
    }
    await until(() => sizes[0] * sizes[1] === 2);
    const told = `${sizes.sort().join(' and ')}, ${await described(`${topic}-shared`)}`;
    await Promise.all(members.map((member) => member.disconnect()));
    return `${told}, ${await described(`${topic}-shared`)}`;
}

async function times() {
    const name = `${topic}-times`;
    const base = Date.now() - 100000;
    await create(name, 1);
    const producer = kafka.producer();
    await producer.connect();
    for (let i = 0; i < 3; i++) {
        const timestamp = String(base + i * 1000);
        await producer.send({ topic: name, messages: [{ value: 'v', timestamp, partition: 0 }] });
    }
    await producer.disconnect();
    const [bounds] = await admin.fetchTopicOffsets(name);
    const [at] = await admin.fetchTopicOffsetsByTimestamp(name, base + 500);
    const [late] = await admin.fetchTopicOffsetsByTimestamp(name, base + 5000);
    // It puts the end in the place of "none".
    return `first ${bounds.low}, at ${at.offset}, end ${bounds.high}, `
        + `late ${late.offset === bounds.high ? 'none' : late.offset}`;
}

/** It always reads committed records only, unless told otherwise. */
async function count(name, readUncommitted) {
    const groupId = `${name}-${readUncommitted}`;
    const member = kafka.consumer({ groupId, readUncommitted });
    const [{ high }] = await admin.fetchTopicOffsets(name);
    let found = 0;
    let position = 0;
    await member.connect();
    await member.subscribe({ topic: name, fromBeginning: true });
    await member.run({
        eachBatchAutoResolve: true,
        eachBatch: async ({ batch }) => {
            found += batch.messages.length;
            position = Number(batch.lastOffset()) + 1;
        },
    });
    await until(() => position >= Number(high), 10);
    await member.disconnect();
    return found;
}

async function transactions() {
    const name = `${topic}-txn`;
    const consumerGroupId = `${topic}-txn-group`;
    await create(name, 1);
    const producer = kafka.producer({ transactionalId: name, maxInFlightRequests: 1 });
    await producer.connect();
    for (const commit of [true, false, true]) {
        const transaction = await producer.transaction();
        const messages = Array.from({ length: 10 }, (_, i) => ({ value: `v${i}` }));
        await transaction.send({ topic: name, messages });
        const offset = commit ? '7' : '8';
        await transaction.sendOffsets({
            consumerGroupId, topics: [{ topic, partitions: [{ partition: 0, offset }] }],
        });
        await (commit ? transaction.commit() : transaction.abort());
    }
    await producer.disconnect();
    const [stored] = await admin.fetchOffsets({ groupId: consumerGroupId, topics: [topic] });
    const { offset } = stored.partitions.find(({ partition }) => partition === 0);
    return `committed ${await count(name, false)}, all ${await count(name, true)}, `
        + `offset ${offset}`;
}

async function deleteRecords() {
    const name = `${topic}-times`;
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '2' }] });
    return `first ${(await admin.fetchTopicOffsets(name))[0].low}`;
}

async function configs() {
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic };
    const configEntries = [{ name: 'retention.ms', value: '3600000' }];
    await admin.alterConfigs({ resources: [{ ...resource, configEntries }] });
    let value;
    await until(async () => {
        const { resources } = await admin.describeConfigs({ resources: [resource] });
        value = resources[0].configEntries
            .find(({ configName }) => configName === 'retention.ms').configValue;
        return value === '3600000';
    });
    return `retention.ms ${value}`;
}

async function deleteGroup() {
    const listed = async () => (await admin.listGroups()).groups
        .some(({ groupId }) => groupId === `${topic}-group`);
    const before = await listed();
    await admin.deleteGroups([`${topic}-group`]);
    return `listed ${before}, then ${await listed()}`;
}

async function deleteTopic() {
    const listed = async () => (await admin.listTopics()).includes(topic);
    const before = await listed();
    await admin.deleteTopics({ topics: [topic] });
    await until(async () => !(await listed()));
    return `listed ${before}, then ${await listed()}`;
}

async function main() {
    await admin.connect();
    await step('create', () => create(topic, 2));
    await step('grow', grow);
    for (const [codec, name] of Object.entries(CODECS)) {
        await step(`produce_${codec}`,
            () => produce(codec, {}, kafkajs.CompressionTypes[name]));
    }
    await step('group', group);
    await step('share', share);
    await step('times', times);
    await step('idempotent', () => produce('once', { idempotent: true }));
    await step('transactions', transactions);
    await step('delete_records', deleteRecords);
    await step('configs', configs);
    await step('delete_group', deleteGroup);
    await step('delete_topic', deleteTopic);
    await admin.disconnect();
}

main();
