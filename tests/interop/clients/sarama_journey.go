// tests: the journey of test_clients.py with Sarama. Arguments: address, topic. Prints a line a
// step: its name, a tab, what was seen.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

const records = 100

var (
	address, topic string
	admin          sarama.ClusterAdmin
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

func settings(changes ...func(*sarama.Config)) *sarama.Config {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true // its synchronous producer insists
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	for _, change := range changes {
		change(config)
	}
	return config
}

// What Sarama asks of whoever wants these.
func idempotent(config *sarama.Config) {
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.MaxOpenRequests = 1
}

func firstOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func create(name string, partitions int32) (string, error) {
	detail := &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1}
	if err := admin.CreateTopic(name, detail, false); err != nil {
		return "", err
	}
	var again *sarama.TopicError
	if err := admin.CreateTopic(name, detail, false); errors.As(err, &again) {
		return fmt.Sprintf("again %d", int(again.Err)), nil
	}
	return "made twice", nil
}

func grow() (string, error) {
	err := admin.CreatePartitions(topic, 3, nil, false)
	count := 0
	until(func() bool {
		if told, failed := admin.DescribeTopics([]string{topic}); failed == nil {
			count = len(told[0].Partitions)
		}
		return count == 3
	})
	return fmt.Sprintf("%d partitions", count), err
}

func produce(codec string, change func(*sarama.Config)) (string, error) {
	producer, err := sarama.NewSyncProducer([]string{address}, settings(change))
	if err != nil {
		return "", err
	}
	defer producer.Close()
	var batch []*sarama.ProducerMessage
	for i := 0; i < records; i++ {
		value := fmt.Sprintf("%s %d %s", codec, i, strings.Repeat("some text", 9))
		batch = append(batch, &sarama.ProducerMessage{
			Topic: topic, Key: sarama.StringEncoder(fmt.Sprintf("k%d", i)),
			Value:   sarama.StringEncoder(value),
			Headers: []sarama.RecordHeader{{Key: []byte("codec"), Value: []byte(codec)}},
		})
	}
	if err := producer.SendMessages(batch); err != nil {
		return "", err
	}
	places := map[string]bool{}
	for _, message := range batch {
		places[fmt.Sprint(message.Partition, " ", message.Offset)] = true
	}
	produced += len(places)
	return fmt.Sprintf("%d places", len(places)), nil
}

// A member of a group; it is done when it has taken so many records.
type member struct {
	lock        sync.Mutex
	wanted      int
	taken, held int
	seen        map[string]bool
	done        context.CancelFunc
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.held = len(session.Claims()[topic])
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) take(message *sarama.ConsumerMessage) bool {
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.taken == m.wanted {
		return false
	}
	m.taken++
	value := string(message.Value)
	if strings.Fields(value)[0] != string(message.Headers[0].Value) {
		value = ""
	}
	m.seen[value] = true
	if m.taken == m.wanted {
		m.done()
	}
	return true
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession,
	claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		if m.take(message) {
			session.MarkMessage(message, "")
		}
	}
	return nil
}

// Lives in the group until the context ends; what it marked is committed then.
func (m *member) live(life context.Context, name string) error {
	group, err := sarama.NewConsumerGroup([]string{address}, name, settings())
	if err != nil {
		return err
	}
	for err == nil && life.Err() == nil {
		err = group.Consume(life, []string{topic}, m)
	}
	return firstOf(err, group.Close())
}

func take(count int, seen map[string]bool) (int, error) {
	life, done := context.WithTimeout(ctx, 30*time.Second)
	defer done()
	taker := &member{wanted: count, seen: seen, done: done}
	err := taker.live(life, topic+"-group")
	return taker.taken, err
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

func described(name string) (string, error) {
	told, err := admin.DescribeConsumerGroups([]string{name})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %d", told[0].State, len(told[0].Members)), nil
}

func share() (string, error) {
	name := topic + "-shared"
	life, leave := context.WithCancel(ctx)
	members := [2]*member{{seen: map[string]bool{}, wanted: -1}, {seen: map[string]bool{}, wanted: -1}}
	var gone sync.WaitGroup
	var failures [2]error
	for i, each := range members {
		gone.Add(1)
		go func(each *member, failure *error) {
			*failure = each.live(life, name)
			gone.Done()
		}(each, &failures[i])
	}
	held := func(i int) int {
		members[i].lock.Lock()
		defer members[i].lock.Unlock()
		return members[i].held
	}
	until(func() bool { return held(0) > 0 && held(1) > 0 && held(0)+held(1) == 3 })
	low, high := held(0), held(1)
	if low > high {
		low, high = high, low
	}
	now, err := described(name)
	leave()
	gone.Wait()
	if err := firstOf(err, failures[0], failures[1]); err != nil {
		return "", err
	}
	after, err := described(name)
	return fmt.Sprintf("%d and %d, %s, %s", low, high, now, after), err
}

func offset(name string, at int64) (int64, error) {
	client, err := sarama.NewClient([]string{address}, settings())
	if err != nil {
		return 0, err
	}
	defer client.Close()
	return client.GetOffset(name, 0, at)
}

func times() (string, error) {
	name, base := topic+"-times", time.Now().Add(-100*time.Second)
	if _, err := create(name, 1); err != nil {
		return "", err
	}
	producer, err := sarama.NewSyncProducer([]string{address}, settings())
	if err != nil {
		return "", err
	}
	defer producer.Close()
	for i := 0; i < 3; i++ {
		message := &sarama.ProducerMessage{Topic: name, Value: sarama.StringEncoder("v"),
			Timestamp: base.Add(time.Duration(i) * time.Second)}
		if _, _, err := producer.SendMessage(message); err != nil {
			return "", err
		}
	}
	var told [4]int64
	for i, at := range []int64{sarama.OffsetOldest, base.UnixMilli() + 500, sarama.OffsetNewest,
		base.UnixMilli() + 5000} {
		if told[i], err = offset(name, at); err != nil {
			return "", err
		}
	}
	late := fmt.Sprint(told[3])
	if told[3] == -1 {
		late = "none"
	}
	return fmt.Sprintf("first %d, at %d, end %d, late %s", told[0], told[1], told[2], late), nil
}

func count(name string, level sarama.IsolationLevel) (int, error) {
	consumer, err := sarama.NewConsumer([]string{address}, settings(func(config *sarama.Config) {
		config.Consumer.IsolationLevel = level
	}))
	if err != nil {
		return 0, err
	}
	defer consumer.Close()
	reader, err := consumer.ConsumePartition(name, 0, sarama.OffsetOldest)
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	// It does not tell about markers: the last record is the last but one offset.
	end, err := offset(name, sarama.OffsetNewest)
	found := 0
	for last := int64(-1); err == nil && last < end-2; {
		select {
		case message := <-reader.Messages():
			found, last = found+1, message.Offset
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return found, err
}

func transact(producer sarama.SyncProducer, name, groupName string, commit bool) error {
	if err := producer.BeginTxn(); err != nil {
		return err
	}
	for i := 0; i < 10; i++ {
		message := &sarama.ProducerMessage{Topic: name,
			Value: sarama.StringEncoder(fmt.Sprint("v", i))}
		if _, _, err := producer.SendMessage(message); err != nil {
			return err
		}
	}
	place := &sarama.PartitionOffsetMetadata{Partition: 0, Offset: 8, LeaderEpoch: -1}
	if commit {
		place.Offset = 7
	}
	offsets := map[string][]*sarama.PartitionOffsetMetadata{topic: {place}}
	if err := producer.AddOffsetsToTxn(offsets, groupName); err != nil {
		return err
	}
	if commit {
		return producer.CommitTxn()
	}
	return producer.AbortTxn()
}

func transactions() (string, error) {
	name, groupName := topic+"-txn", topic+"-txn-group"
	if _, err := create(name, 1); err != nil {
		return "", err
	}
	producer, err := sarama.NewSyncProducer([]string{address},
		settings(idempotent, func(config *sarama.Config) { config.Producer.Transaction.ID = name }))
	if err != nil {
		return "", err
	}
	defer producer.Close()
	for _, commit := range []bool{true, false, true} {
		if err := transact(producer, name, groupName, commit); err != nil {
			return "", err
		}
	}
	stored := int64(-1)
	until(func() bool { // the marker is written after the transaction's end is answered
		told, failed := admin.ListConsumerGroupOffsets(groupName, map[string][]int32{topic: {0}})
		if failed == nil && told.GetBlock(topic, 0) != nil {
			stored = told.GetBlock(topic, 0).Offset
		}
		return stored == 7
	})
	committed, err := count(name, sarama.ReadCommitted)
	if err != nil {
		return "", err
	}
	all, err := count(name, sarama.ReadUncommitted)
	return fmt.Sprintf("committed %d, all %d, offset %d", committed, all, stored), err
}

func deleteRecords() (string, error) {
	name := topic + "-times"
	if err := admin.DeleteRecords(name, map[int32]int64{0: 2}); err != nil {
		return "", err
	}
	start, err := offset(name, sarama.OffsetOldest)
	return fmt.Sprintf("first %d", start), err
}

func configs() (string, error) {
	wanted, value := "3600000", ""
	change := map[string]*string{"retention.ms": &wanted}
	if err := admin.AlterConfig(sarama.TopicResource, topic, change, false); err != nil {
		return "", err
	}
	until(func() bool {
		told, _ := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource,
			Name: topic})
		for _, each := range told {
			if each.Name == "retention.ms" {
				value = each.Value
			}
		}
		return value == wanted
	})
	return "retention.ms " + value, nil
}

func deleteGroup() (string, error) {
	listed := func() bool {
		groups, _ := admin.ListConsumerGroups()
		_, is := groups[topic+"-group"]
		return is
	}
	before := listed()
	err := admin.DeleteConsumerGroup(topic + "-group")
	return fmt.Sprintf("listed %v, then %v", before, listed()), err
}

func deleteTopic() (string, error) {
	listed := func() bool {
		topics, _ := admin.ListTopics()
		_, is := topics[topic]
		return is
	}
	before := listed()
	err := admin.DeleteTopic(topic)
	until(func() bool { return !listed() })
	return fmt.Sprintf("listed %v, then %v", before, listed()), err
}

func main() {
	address, topic = os.Args[1], os.Args[2]
	var err error
	if admin, err = sarama.NewClusterAdmin([]string{address}, settings()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	codecs := []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP,
		sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD}
	step("create", func() (string, error) { return create(topic, 2) })
	step("grow", grow)
	for _, codec := range codecs {
		step("produce_"+codec.String(), func() (string, error) {
			return produce(codec.String(), func(config *sarama.Config) {
				config.Producer.Compression = codec
			})
		})
	}
	step("group", group)
	step("share", share)
	step("times", times)
	step("idempotent", func() (string, error) { return produce("once", idempotent) })
	step("transactions", transactions)
	step("delete_records", deleteRecords)
	step("configs", configs)
	step("delete_group", deleteGroup)
	step("delete_topic", deleteTopic)
}
