// tests: the journey of test_clients.py with franz-go. Arguments: address, topic. Prints a line a
// step: its name, a tab, what was seen.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const records = 100

var (
	address, topic string
	admin          *kadm.Client
	produced       int
	ctx, _         = context.WithTimeout(context.Background(), 3*time.Minute)
)

func step(name string, body func() (string, error)) {
	told, err := body()
	if err != nil {
		told = "error: " + err.Error()
	}
	fmt.Printf("%s\t%s\n", name, strings.Join(strings.Fields(told), " "))
}

func until(condition func() bool) {
	for end := time.Now().Add(30 * time.Second); !condition() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
}

func client(options ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(append(options, kgo.SeedBrokers(address))...)
	if err != nil {
		panic(err)
	}
	return made
}

func poll(from *kgo.Client, patience time.Duration) []*kgo.Record {
	brief, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return from.PollFetches(brief).Records()
}

func create(name string, partitions int32) (string, error) {
	if _, err := admin.CreateTopic(ctx, partitions, 1, nil, name); err != nil {
		return "", err
	}
	var again *kerr.Error
	if _, err := admin.CreateTopic(ctx, partitions, 1, nil, name); errors.As(err, &again) {
		return fmt.Sprintf("again %d", again.Code), nil
	}
	return "made twice", nil
}

func grow() (string, error) {
	told, err := admin.UpdatePartitions(ctx, 3, topic)
	if err == nil {
		err = told[topic].Err
	}
	count := 0
	until(func() bool {
		if topics, failed := admin.ListTopics(ctx, topic); failed == nil {
			count = len(topics[topic].Partitions)
		}
		return count == 3
	})
	return fmt.Sprintf("%d partitions", count), err
}

func produce(codec string, options ...kgo.Opt) (string, error) {
	producer := client(options...)
	defer producer.Close()
	var batch []*kgo.Record
	for i := 0; i < records; i++ {
		batch = append(batch, &kgo.Record{
			Topic: topic, Key: []byte(fmt.Sprintf("k%d", i)),
			Value:   []byte(fmt.Sprintf("%s %d %s", codec, i, strings.Repeat("some text", 9))),
			Headers: []kgo.RecordHeader{{Key: "codec", Value: []byte(codec)}},
		})
	}
	places := map[string]bool{}
	for _, result := range producer.ProduceSync(ctx, batch...) {
		if result.Err != nil {
			return "", result.Err
		}
		places[fmt.Sprint(result.Record.Partition, " ", result.Record.Offset)] = true
	}
	produced += len(places)
	return fmt.Sprintf("%d places", len(places)), nil
}

func take(count int, seen map[string]bool) (int, error) {
	member := client(kgo.ConsumerGroup(topic+"-group"), kgo.ConsumeTopics(topic),
		kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer member.Close()
	var taken []*kgo.Record
	until(func() bool {
		for _, record := range poll(member, 100*time.Millisecond) {
			if len(taken) < count {
				taken = append(taken, record)
				value := string(record.Value)
				if strings.Fields(value)[0] != string(record.Headers[0].Value) {
					value = ""
				}
				seen[value] = true
			}
		}
		return len(taken) == count
	})
	return len(taken), member.CommitRecords(ctx, taken...)
}

func group() (string, error) {
	seen := map[string]bool{}
	first, err := take(produced/2, seen)
	if err != nil {
		return "", err
	}
	rest, err := take(produced-produced/2, seen)
	return fmt.Sprintf("%d and %d, different %d", first, rest, len(seen)), err
}

func ordered(one, two int) (int, int) {
	if one > two {
		return two, one
	}
	return one, two
}

func described(name string) (string, error) {
	groups, err := admin.DescribeGroups(ctx, name)
	if err == nil {
		err = groups[name].Err
	}
	return fmt.Sprintf("%s %d", groups[name].State, len(groups[name].Members)), err
}

func share() (string, error) {
	name := topic + "-shared"
	options := []kgo.Opt{kgo.ConsumerGroup(name), kgo.ConsumeTopics(topic)}
	sizes := func() (int, int) {
		groups, err := admin.DescribeGroups(ctx, name)
		members := groups[name].Members
		if err != nil || len(members) != 2 || groups[name].State != "Stable" {
			return 0, 0
		}
		assigned := func(i int) int {
			told, _ := members[i].Assigned.AsConsumer()
			total := 0
			for _, each := range told.Topics {
				total += len(each.Partitions)
			}
			return total
		}
		return ordered(assigned(0), assigned(1))
	}
	one, two := client(options...), client(options...)
	until(func() bool {
		poll(one, 50*time.Millisecond)
		poll(two, 50*time.Millisecond)
		low, high := sizes()
		return low == 1 && high == 2
	})
	low, high := sizes()
	now, err := described(name)
	one.Close()
	two.Close()
	if err != nil {
		return "", err
	}
	after, err := described(name)
	return fmt.Sprintf("%d and %d, %s, %s", low, high, now, after), err
}

func first(name string) (int64, error) {
	told, err := admin.ListStartOffsets(ctx, name)
	return told[name][0].Offset, err
}

func times() (string, error) {
	name, base := topic+"-times", time.Now().Add(-100*time.Second)
	if _, err := create(name, 1); err != nil {
		return "", err
	}
	producer := client()
	defer producer.Close()
	for i := 0; i < 3; i++ {
		at := base.Add(time.Duration(i) * time.Second)
		record := &kgo.Record{Topic: name, Value: []byte("v"), Timestamp: at}
		if err := producer.ProduceSync(ctx, record).FirstErr(); err != nil {
			return "", err
		}
	}
	start, err := first(name)
	if err != nil {
		return "", err
	}
	end, err := admin.ListEndOffsets(ctx, name)
	if err != nil {
		return "", err
	}
	at, err := admin.ListOffsetsAfterMilli(ctx, base.UnixMilli()+500, name)
	if err != nil {
		return "", err
	}
	late, err := admin.ListOffsetsAfterMilli(ctx, base.UnixMilli()+5000, name)
	told := fmt.Sprint(late[name][0].Offset)
	if late[name][0].Timestamp == -1 { // it puts the end in the place of "none"
		told = "none"
	}
	return fmt.Sprintf("first %d, at %d, end %d, late %s", start, at[name][0].Offset,
		end[name][0].Offset, told), err
}

func count(name string, level kgo.IsolationLevel) (int, error) {
	reader := client(kgo.ConsumeTopics(name), kgo.FetchIsolationLevel(level),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	defer reader.Close()
	end, err := admin.ListEndOffsets(ctx, name)
	found, position := 0, int64(0)
	until(func() bool {
		for _, record := range poll(reader, 100*time.Millisecond) {
			position = record.Offset + 1
			if !record.Attrs.IsControl() {
				found++
			}
		}
		return position >= end[name][0].Offset
	})
	return found, err
}

func transactions() (string, error) {
	name, groupName := topic+"-txn", topic+"-txn-group"
	if _, err := create(name, 1); err != nil {
		return "", err
	}
	producer := client(kgo.TransactionalID(name), kgo.DefaultProduceTopic(name))
	defer producer.Close()
	for _, commit := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit} {
		if err := producer.BeginTransaction(); err != nil {
			return "", err
		}
		for i := 0; i < 10; i++ {
			record := kgo.StringRecord(fmt.Sprint("v", i))
			if err := producer.ProduceSync(ctx, record).FirstErr(); err != nil {
				return "", err
			}
		}
		if err := producer.EndTransaction(ctx, commit); err != nil {
			return "", err
		}
	}
	offset, err := transactOffset(groupName)
	if err != nil {
		return "", err
	}
	committed, err := count(name, kgo.ReadCommitted())
	if err != nil {
		return "", err
	}
	all, err := count(name, kgo.ReadUncommitted())
	return fmt.Sprintf("committed %d, all %d, offset %d", committed, all, offset), err
}

// franz-go takes offsets into a transaction only from a group session: it consumes 7 records here.
func transactOffset(groupName string) (int64, error) {
	source := topic + "-source"
	if _, err := create(source, 1); err != nil {
		return 0, err
	}
	writer := client(kgo.DefaultProduceTopic(source))
	defer writer.Close()
	for i := 0; i < 7; i++ {
		if err := writer.ProduceSync(ctx, kgo.StringRecord("v")).FirstErr(); err != nil {
			return 0, err
		}
	}
	session, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(address),
		kgo.TransactionalID(groupName), kgo.ConsumerGroup(groupName), kgo.ConsumeTopics(source),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.RequireStableFetchOffsets())
	if err != nil {
		return 0, err
	}
	defer session.Close()
	for taken := 0; taken < 7; {
		fetched := session.PollFetches(ctx)
		taken += len(fetched.Records())
		if err := session.Begin(); err != nil {
			return 0, err
		}
		if committed, err := session.End(ctx, kgo.TryCommit); err != nil || !committed {
			return 0, fmt.Errorf("committed %v: %w", committed, err)
		}
	}
	offset := int64(-1)
	until(func() bool { // the marker is written after the transaction's end is answered
		if stored, failed := admin.FetchOffsets(ctx, groupName); failed == nil {
			if each, found := stored.Lookup(source, 0); found {
				offset = each.At
			}
		}
		return offset == 7
	})
	return offset, nil
}

func deleteRecords() (string, error) {
	name, offsets := topic+"-times", kadm.Offsets{}
	offsets.AddOffset(name, 0, 2, -1)
	told, err := admin.DeleteRecords(ctx, offsets)
	if err == nil {
		err = told[name][0].Err
	}
	if err != nil {
		return "", err
	}
	start, err := first(name)
	return fmt.Sprintf("first %d", start), err
}

func configs() (string, error) {
	wanted, value := "3600000", ""
	change := []kadm.AlterConfig{{Name: "retention.ms", Value: &wanted}}
	if _, err := admin.AlterTopicConfigs(ctx, change, topic); err != nil {
		return "", err
	}
	until(func() bool {
		told, _ := admin.DescribeTopicConfigs(ctx, topic)
		for _, each := range told {
			for _, config := range each.Configs {
				if config.Key == "retention.ms" {
					value = *config.Value
				}
			}
		}
		return value == wanted
	})
	return "retention.ms " + value, nil
}

func deleteGroup() (string, error) {
	listed := func() bool {
		groups, _ := admin.ListGroups(ctx)
		_, is := groups[topic+"-group"]
		return is
	}
	before := listed()
	told, err := admin.DeleteGroups(ctx, topic+"-group")
	if err == nil {
		err = told[topic+"-group"].Err
	}
	return fmt.Sprintf("listed %v, then %v", before, listed()), err
}

func deleteTopic() (string, error) {
	listed := func() bool {
		topics, _ := admin.ListTopics(ctx)
		return topics.Has(topic)
	}
	before := listed()
	told, err := admin.DeleteTopics(ctx, topic)
	if err == nil {
		err = told[topic].Err
	}
	until(func() bool { return !listed() })
	return fmt.Sprintf("listed %v, then %v", before, listed()), err
}

func main() {
	address, topic = os.Args[1], os.Args[2]
	admin = kadm.NewClient(client())
	codecs := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(),
		"gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	step("create", func() (string, error) { return create(topic, 2) })
	step("grow", grow)
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		step("produce_"+codec, func() (string, error) {
			return produce(codec, kgo.ProducerBatchCompression(codecs[codec]))
		})
	}
	step("group", group)
	step("share", share)
	step("times", times)
	step("idempotent", func() (string, error) { return produce("once") })
	step("transactions", transactions)
	step("delete_records", deleteRecords)
	step("configs", configs)
	step("delete_group", deleteGroup)
	step("delete_topic", deleteTopic)
}
